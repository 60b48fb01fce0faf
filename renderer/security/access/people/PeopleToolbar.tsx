import type { Identity } from '#preload/security/access.ts'
import { formatNumber } from '#renderer/ui/format.ts'
import { GridExport } from '#renderer/ui/grid/GridExport.tsx'
import { GridFilter } from '#renderer/ui/grid/GridFilter.tsx'
import { personColumns } from './columns.tsx'

type PeopleToolbarProps = {
  readonly filter: string
  readonly onFilter: (text: string) => void
  readonly rows: readonly Identity[]
  readonly total: number
}

const people = (count: number): string => (count === 1 ? '1 person' : `${formatNumber(count, 0)} people`)

export function PeopleToolbar({ filter, onFilter, rows, total }: PeopleToolbarProps) {
  return (
    <div className="flex items-center gap-2 border-b border-line p-2">
      <GridFilter
        label="Filter people"
        placeholder="Name, mail, role, group, kind"
        value={filter}
        onChange={onFilter}
      />
      <span className="flex-1 text-secondary text-muted">
        {rows.length === total ? people(total) : `${formatNumber(rows.length, 0)} of ${people(total)}`}
      </span>
      <GridExport name="people" area="People" columns={personColumns} rows={rows} />
    </div>
  )
}
