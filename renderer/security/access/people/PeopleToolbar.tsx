import { Download, Search } from 'lucide-react'
import { useRef } from 'react'
import type { Identity } from '#preload/security/access.ts'
import { IconButton } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { saveText, toCsv, toJson } from '#renderer/ui/export.ts'
import { formatNumber } from '#renderer/ui/format.ts'
import { exportColumns } from '#renderer/ui/grid/column.ts'
import { Menu } from '#renderer/ui/Menu.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { personColumns } from './columns.tsx'

type PeopleToolbarProps = {
  readonly filter: string
  readonly onFilter: (text: string) => void
  readonly rows: readonly Identity[]
  readonly total: number
}

const people = (count: number): string => (count === 1 ? '1 person' : `${formatNumber(count, 0)} people`)

export function PeopleToolbar({ filter, onFilter, rows, total }: PeopleToolbarProps) {
  const input = useRef<HTMLInputElement>(null)
  const columns = exportColumns(personColumns)
  const csv = () => saveText('people.csv', toCsv(columns, rows), 'text/csv')
  const json = () => saveText('people.json', toJson(columns, rows), 'application/json')
  useCommands([
    {
      id: 'filter.focus',
      title: 'Filter people',
      area: 'This screen',
      shortcut: '/',
      run: () => input.current?.focus(),
    },
    { id: 'people.csv', title: 'Export people as CSV', area: 'People', run: csv },
    { id: 'people.json', title: 'Export people as JSON', area: 'People', run: json },
  ])
  return (
    <div className="flex items-center gap-2 border-b border-line p-2">
      <div className="w-72">
        <TextField
          ref={input}
          icon={Search}
          aria-label="Filter people"
          placeholder="Name, mail, role, group, kind"
          value={filter}
          onChange={(event) => onFilter(event.target.value)}
        />
      </div>
      <span className="flex-1 text-secondary text-muted">
        {rows.length === total ? people(total) : `${formatNumber(rows.length, 0)} of ${people(total)}`}
      </span>
      <Menu
        label="Export"
        align="end"
        trigger={<IconButton icon={Download} label="Export" />}
        items={[
          { id: 'csv', label: 'CSV', run: csv },
          { id: 'json', label: 'JSON', run: json },
        ]}
      />
    </div>
  )
}
