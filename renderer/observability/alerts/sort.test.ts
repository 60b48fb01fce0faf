import { expect, it } from 'vitest'
import { nextSort, type Sort } from '#renderer/ui/grid/column.ts'
import { defaultSort } from './alert-search.ts'
import { sortAfter } from './sort.ts'

const press = (sort: typeof defaultSort, column: string) => {
  const shown: Sort = { column: sort.by, descending: sort.direction === 'descending' }
  return sortAfter(sort, nextSort(shown, column)) ?? defaultSort
}

it('turns the severity round and back, and never leaves the list unsorted', () => {
  const once = press(defaultSort, 'severity')
  expect(once).toEqual({ by: 'severity', direction: 'ascending' })
  expect(press(once, 'severity')).toEqual(defaultSort)
})

it('comes back to the usual order after the third press on another column', () => {
  const first = press(defaultSort, 'since')
  const second = press(first, 'since')
  expect([first, second, press(second, 'since')]).toEqual([
    { by: 'since', direction: 'ascending' },
    { by: 'since', direction: 'descending' },
    defaultSort,
  ])
})

it('keeps the order when a column cannot be sorted by', () => {
  expect(sortAfter(defaultSort, { column: 'labels', descending: false })).toEqual(defaultSort)
})
