import { memo, useLayoutEffect, useRef } from 'react'
import type { AlertRow, AlertSort } from '#preload/observability/alerts.ts'
import type { Sort } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import type { Selection } from '#renderer/ui/grid/selection.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { alertColumns } from './columns.tsx'
import { InboxEmpty } from './InboxEmpty.tsx'
import type { InboxHandle } from './use-inbox.ts'
import { useStable } from './use-stable.ts'
import { itemAt } from './window.ts'

export type InboxListProps = {
  readonly inbox: InboxHandle
  /** The failure to show; null while the filter is what is wrong, which the filter says itself. */
  readonly error: unknown
  readonly sort: AlertSort
  readonly onSort: (sort: Sort | null) => void
  readonly selection: Selection
  readonly onSelection: (selection: Selection) => void
  readonly openId: string | null
  readonly onOpen: (alert: AlertRow) => void
  readonly onActive: (alert: AlertRow | undefined) => void
  readonly onToggleGroup: (key: string) => void
  readonly onBack: () => void
  readonly filtered: boolean
  readonly onClear: () => void
}

const rowKey = ({ id }: AlertRow): string => id

function List(props: InboxListProps) {
  const { inbox, error, sort, filtered, onClear } = props
  const { held, list, retrying, updatedAt, refetch, onRange } = inbox
  const frame = useRef<HTMLDivElement>(null)
  const first = useRef(0)
  const onScroll = useStable((from: number, to: number) => {
    first.current = from
    onRange(from, to)
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its top
  useLayoutEffect(() => {
    // Setting it where it is would cost a layout.
    if (first.current > 0) frame.current?.querySelector('[role="grid"]')?.scrollTo(0, 0)
  }, [list])
  return (
    <div ref={frame} className="h-full">
      <QueryView
        query={{ data: held ?? undefined, error, isFetching: retrying, dataUpdatedAt: updatedAt, refetch }}
        failure="The alerts could not be loaded."
        skeletonRows={20}
        ready={({ answer }) => (
          <DataGrid
            name="alerts"
            label="Alerts"
            columns={alertColumns}
            count={answer.length}
            rowAt={(index) => itemAt(held, index)}
            total={answer.total}
            rowKey={rowKey}
            onRange={onScroll}
            onOpen={props.onOpen}
            onActive={props.onActive}
            onBack={props.onBack}
            onToggleGroup={props.onToggleGroup}
            openKey={props.openId}
            sort={{ column: sort.by, descending: sort.direction === 'descending' }}
            onSort={props.onSort}
            selection={props.selection}
            onSelection={props.onSelection}
            empty={<InboxEmpty filtered={filtered} onClear={onClear} />}
          />
        )}
      />
    </div>
  )
}

/** The inbox. It draws again when rows arrive, not with every keystroke of the filter. */
export const InboxList = memo(List)
