import { Download, Plus, Search } from 'lucide-react'
import { useRef } from 'react'
import type { Connection } from '#preload/fleet/connections.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { saveText, toCsv, toJson } from '#renderer/ui/export.ts'
import { plural } from '#renderer/ui/format.ts'
import { exportColumns } from '#renderer/ui/grid/column.ts'
import { Menu } from '#renderer/ui/Menu.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
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
  const input = useRef<HTMLInputElement>(null)
  const columns = exportColumns(connectionColumns)
  const csv = () => saveText('connections.csv', toCsv(columns, rows), 'text/csv')
  const json = () => saveText('connections.json', toJson(columns, rows), 'application/json')
  useCommands([
    {
      id: 'filter.focus',
      title: 'Filter connections',
      area: 'This screen',
      shortcut: '/',
      run: () => input.current?.focus(),
    },
    { id: 'connections.csv', title: 'Export connections as CSV', area: 'Connections', run: csv },
    { id: 'connections.json', title: 'Export connections as JSON', area: 'Connections', run: json },
  ])
  return (
    <div className="flex items-center gap-2 border-b border-line p-2">
      <div className="w-72">
        <TextField
          ref={input}
          icon={Search}
          aria-label="Filter connections"
          placeholder="Name, address, environment, kind"
          value={filter}
          onChange={(event) => onFilter(event.target.value)}
        />
      </div>
      <span className="flex-1 text-secondary text-muted">
        {rows.length === total ? plural(total, 'connection') : `${rows.length} of ${plural(total, 'connection')}`}
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
      <Button icon={Plus} kind="primary" shortcut="c" forbidden={forbidden} onClick={onAdd}>
        New connection
      </Button>
    </div>
  )
}
