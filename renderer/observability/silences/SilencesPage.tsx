import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import type { Silence } from '#preload/observability/silences.ts'
import { setScope, useScope } from '#renderer/app/scope.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { nothingSelected, selectedOf } from '#renderer/ui/grid/selection.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { silenceColumns, silenceKey } from './columns.tsx'
import { ExpireDialog } from './ExpireDialog.tsx'
import { silenceList, useForbidden, useSilencesLive } from './queries.ts'
import { SilencesToolbar } from './SilencesToolbar.tsx'
import { passes, useSilenceSearch } from './silence-search.ts'
import { useSilenceActions } from './use-silence-actions.ts'
import { useSilenceCommands } from './use-silence-commands.ts'

const none: readonly Silence[] = []

type Unavailable = {
  readonly target: string
  readonly name: string
  readonly reason: string
  readonly asOf: string | null
}

/** Targets that do not answer: what is listed of them is as old as it says. */
function UnavailableStrip({ unavailable }: { readonly unavailable: readonly Unavailable[] }) {
  if (unavailable.length === 0) return null
  return (
    <ul aria-label="Targets that do not answer" className="border-b border-line bg-surface-1">
      {unavailable.map(({ target, name, reason, asOf }) => (
        <li key={target} className="flex min-h-7 items-center gap-2 px-3 text-secondary">
          <TriangleAlert aria-hidden size={14} className="shrink-0 text-warning" />
          <SafeText text={name} oneLine className="max-w-60 shrink-0 font-medium text-warning" />
          <span className="shrink-0">
            {asOf === null ? (
              'never answered.'
            ) : (
              <>
                is shown as of <RelativeTime at={asOf} />.
              </>
            )}
          </span>
          <SafeText text={reason} oneLine className="min-w-0 flex-1" />
        </li>
      ))}
    </ul>
  )
}

/** The inventory of silences, over all Alertmanagers and this workspace. */
export function SilencesPage() {
  useSilencesLive()
  const search = useSilenceSearch()
  const environment = useScope((scope) => scope.environment)
  const query = useQuery(silenceList(search.expired === true))
  const all = query.data?.silences ?? none
  const [sort, setSort] = useState<Sort | null>({ column: 'ends', descending: false })
  const [selection, setSelection] = useState(nothingSelected)
  const active = useRef<Silence | undefined>(undefined)
  const forbidden = useForbidden()
  const actions = useSilenceActions(() => setSelection(nothingSelected))
  const text = search.q ?? ''
  const rows = useMemo(
    () =>
      sortRows(
        all.filter((silence) => passes(silence, text, environment)),
        silenceColumns,
        sort,
      ),
    [all, text, environment, sort],
  )
  const selected = selectedOf(selection, rows, silenceKey)
  const target = () => (selected.length > 0 ? selected : active.current === undefined ? none : [active.current])
  useSilenceCommands({ target, actions, forbidden })

  const clear = () => {
    search.filter('')
    setScope({ environment: null })
  }
  const empty =
    all.length === 0 ? (
      <EmptyState voice="all-clear" title="Nothing is silenced">
        Every alert notifies. Silence one from the inbox, or begin here.
      </EmptyState>
    ) : (
      <EmptyState voice="no-match" onClear={clear} />
    )
  return (
    <div className="flex h-full flex-col">
      <SilencesToolbar
        filter={text}
        onFilter={search.filter}
        expired={search.expired === true}
        onExpired={search.showExpired}
        rows={rows}
        total={all.length}
        selected={selected}
        actions={actions}
        forbidden={forbidden}
      />
      <UnavailableStrip unavailable={query.data?.unavailable ?? []} />
      {actions.extendError === null ? null : (
        <div className="border-b border-line p-2">
          <ErrorPanel
            title="Not every silence was extended."
            error={actions.extendError}
            actions={
              <Button size={24} onClick={actions.forgetError}>
                Dismiss
              </Button>
            }
          />
        </div>
      )}
      <div data-region="List" className="min-h-0 flex-1">
        <QueryView
          query={query}
          failure="The silences could not be loaded."
          ready={() => (
            <DataGrid
              name="silences"
              label="Silences"
              columns={silenceColumns}
              {...rowsOf(rows)}
              rowKey={silenceKey}
              sort={sort}
              onSort={setSort}
              selection={selection}
              onSelection={setSelection}
              onOpen={actions.edit}
              onActive={(silence) => {
                active.current = silence
              }}
              empty={empty}
            />
          )}
        />
      </div>
      <ExpireDialog actions={actions} />
    </div>
  )
}
