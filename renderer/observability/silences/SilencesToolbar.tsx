import { BellOff, CalendarPlus, Pencil, Plus } from 'lucide-react'
import type { Silence } from '#preload/observability/silences.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { formatDuration, plural } from '#renderer/ui/format.ts'
import { GridExport } from '#renderer/ui/grid/GridExport.tsx'
import { GridFilter } from '#renderer/ui/grid/GridFilter.tsx'
import { Menu } from '#renderer/ui/Menu.tsx'
import { Switch } from '#renderer/ui/Switch.tsx'
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
  return (
    <div data-region="Filter" className="flex flex-wrap items-center gap-2 border-b border-line p-2">
      <GridFilter
        label="Filter silences"
        placeholder="Matcher, comment, person, target"
        value={filter}
        onChange={onFilter}
      />
      <Switch label="Show expired" checked={expired} onChange={onExpired} />
      <span role="status" className="flex-1 text-secondary text-muted">
        {rows.length === total ? plural(total, 'silence') : `${rows.length} of ${plural(total, 'silence')}`}
      </span>
      {selected.length === 0 ? null : <SelectionActions selected={selected} actions={actions} forbidden={forbidden} />}
      <GridExport name="silences" area="Silences" columns={silenceColumns} rows={rows} />
      <Button icon={Plus} kind="primary" shortcut="c" forbidden={forbidden('silences.create')} onClick={actions.create}>
        New silence
      </Button>
    </div>
  )
}
