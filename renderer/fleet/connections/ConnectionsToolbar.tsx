import { Plus } from 'lucide-react'
import type { Connection } from '#preload/fleet/connections.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { plural } from '#renderer/ui/format.ts'
import { GridExport } from '#renderer/ui/grid/GridExport.tsx'
import { GridFilter } from '#renderer/ui/grid/GridFilter.tsx'
import { connectionColumns } from './columns.tsx'

type ConnectionsToolbarProps = {
  readonly filter: string
  readonly onFilter: (text: string) => void
  readonly rows: readonly Connection[]
  readonly total: number
  readonly forbidden: string | undefined
  readonly onAdd: () => void
}

export function ConnectionsToolbar({ filter, onFilter, rows, total, forbidden, onAdd }: ConnectionsToolbarProps) {
  return (
    <div className="flex items-center gap-2 border-b border-line p-2">
      <GridFilter
        label="Filter connections"
        placeholder="Name, address, environment, kind"
        value={filter}
        onChange={onFilter}
      />
      <span className="flex-1 text-secondary text-muted">
        {rows.length === total ? plural(total, 'connection') : `${rows.length} of ${plural(total, 'connection')}`}
      </span>
      <GridExport name="connections" area="Connections" columns={connectionColumns} rows={rows} />
      <Button icon={Plus} kind="primary" shortcut="c" forbidden={forbidden} onClick={onAdd}>
        New connection
      </Button>
    </div>
  )
}
