import { type AlertSort, alertSort } from '#preload/observability/alerts.ts'
import type { Sort } from '#renderer/ui/grid/column.ts'
import { defaultSort } from './alert-search.ts'

/**
 * The order after a press on a header. The list is never unsorted: where the grid would drop the sort, the usual order
 * comes back, and from the usual order the severity turns round. Undefined is the usual order.
 */
export function sortAfter(before: AlertSort, sort: Sort | null): AlertSort | undefined {
  const usual = before.by === defaultSort.by && before.direction === defaultSort.direction
  if (sort === null) return usual ? { by: defaultSort.by, direction: 'ascending' } : undefined
  const by = alertSort.shape.by.safeParse(sort.column)
  if (!by.success) return before
  const after: AlertSort = { by: by.data, direction: sort.descending ? 'descending' : 'ascending' }
  return after.by === defaultSort.by && after.direction === defaultSort.direction ? undefined : after
}
