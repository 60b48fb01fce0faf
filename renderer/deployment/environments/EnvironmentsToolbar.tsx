import { Plus } from 'lucide-react'
import type { Environment } from '#preload/deployment/environments.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { plural } from '#renderer/ui/format.ts'
import { GridExport } from '#renderer/ui/grid/GridExport.tsx'
import { GridFilter } from '#renderer/ui/grid/GridFilter.tsx'
import { environmentColumns } from './columns.tsx'

type EnvironmentsToolbarProps = {
  readonly filter: string
  readonly onFilter: (text: string) => void
  readonly rows: readonly Environment[]
  readonly total: number
  readonly forbidden: string | undefined
  readonly onAdd: () => void
}

export function EnvironmentsToolbar({ filter, onFilter, rows, total, forbidden, onAdd }: EnvironmentsToolbarProps) {
  return (
    <div className="flex items-center gap-2 border-b border-line p-2">
      <GridFilter
        label="Filter environments"
        placeholder="Name, region, owner, health"
        value={filter}
        onChange={onFilter}
      />
      <span className="flex-1 text-secondary text-muted">
        {rows.length === total ? plural(total, 'environment') : `${rows.length} of ${plural(total, 'environment')}`}
      </span>
      <GridExport name="environments" area="Environments" columns={environmentColumns} rows={rows} />
      <Button icon={Plus} kind="primary" shortcut="c" forbidden={forbidden} onClick={onAdd}>
        New environment
      </Button>
    </div>
  )
}
