import { BellOff, CalendarPlus, Download, Pencil, Plus, Search } from 'lucide-react'
import { useRef } from 'react'
import type { Silence } from '#preload/observability/silences.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { saveText, toCsv, toJson } from '#renderer/ui/export.ts'
import { formatDuration, plural } from '#renderer/ui/format.ts'
import { exportColumns } from '#renderer/ui/grid/column.ts'
import { Menu } from '#renderer/ui/Menu.tsx'
import { Switch } from '#renderer/ui/Switch.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { silenceColumns } from './columns.tsx'
import { extensions } from './extension.ts'
import type { Forbidden } from './queries.ts'
import type { SilenceActions } from './use-silence-actions.ts'

type SilencesToolbarProps = {
  readonly filter: string
  readonly onFilter: (text: string) => void
  readonly expired: boolean
  readonly onExpired: (shown: boolean) => void
  readonly rows: readonly Silence[]
  readonly total: number
  readonly selected: readonly Silence[]
  readonly actions: SilenceActions
  readonly forbidden: Forbidden
}

function SelectionActions({
  selected,
  actions,
  forbidden,
}: Pick<SilencesToolbarProps, 'selected' | 'actions' | 'forbidden'>) {
  const [only] = selected
  return (
    <>
      <span className="font-medium whitespace-nowrap">{selected.length} selected</span>
      {only !== undefined && selected.length === 1 ? (
        <Button icon={Pencil} shortcut="e" forbidden={forbidden('silences.edit')} onClick={() => actions.edit(only)}>
          Edit
        </Button>
      ) : null}
      <Menu
        label="Extend"
        trigger={
          <Button icon={CalendarPlus} forbidden={forbidden('silences.extend')}>
            Extend
          </Button>
        }
        items={extensions.map((seconds, at) => ({
          id: String(seconds),
          label: `+ ${formatDuration(seconds)}`,
          shortcut: at === 0 ? 'plus' : undefined,
          forbidden: forbidden('silences.extend'),
          run: () => actions.extend(selected, seconds),
        }))}
      />
      <Button
        icon={BellOff}
        kind="danger"
        shortcut="Shift+D"
        forbidden={forbidden('silences.expire')}
        onClick={() => actions.askToExpire(selected)}
      >
        Expire
      </Button>
    </>
  )
}

export function SilencesToolbar(props: SilencesToolbarProps) {
  const { filter, onFilter, expired, onExpired, rows, total, selected, actions, forbidden } = props
  const input = useRef<HTMLInputElement>(null)
  const columns = exportColumns(silenceColumns)
  const csv = () => saveText('silences.csv', toCsv(columns, rows), 'text/csv')
  const json = () => saveText('silences.json', toJson(columns, rows), 'application/json')
  useCommands([
    {
      id: 'filter.focus',
      title: 'Filter silences',
      area: 'This screen',
      shortcut: '/',
      run: () => input.current?.focus(),
    },
  ])
  return (
    <div data-region="Filter" className="flex flex-wrap items-center gap-2 border-b border-line p-2">
      <div className="w-72">
        <TextField
          ref={input}
          icon={Search}
          aria-label="Filter silences"
          placeholder="Matcher, comment, person, target"
          value={filter}
          onChange={(event) => onFilter(event.target.value)}
        />
      </div>
      <Switch label="Show expired" checked={expired} onChange={onExpired} />
      <span role="status" className="flex-1 text-secondary text-muted">
        {rows.length === total ? plural(total, 'silence') : `${rows.length} of ${plural(total, 'silence')}`}
      </span>
      {selected.length === 0 ? null : <SelectionActions selected={selected} actions={actions} forbidden={forbidden} />}
      <Menu
        label="Export"
        align="end"
        trigger={<IconButton icon={Download} label="Export" />}
        items={[
          { id: 'csv', label: 'CSV', run: csv },
          { id: 'json', label: 'JSON', run: json },
        ]}
      />
      <Button icon={Plus} kind="primary" shortcut="c" forbidden={forbidden('silences.create')} onClick={actions.create}>
        New silence
      </Button>
    </div>
  )
}
