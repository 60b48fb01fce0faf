import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo, useRef, useState } from 'react'
import type { AlertRow, SourceState } from '#preload/observability/alerts.ts'
import { SaveView } from '#renderer/app/SavedViews.tsx'
import { useScope } from '#renderer/app/scope.ts'
import { requireApplication } from '#renderer/rpc/connection.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { saveText, toCsv, toJson } from '#renderer/ui/export.ts'
import { exportColumns, type Sort } from '#renderer/ui/grid/column.ts'
import { everythingSelected } from '#renderer/ui/grid/selection.ts'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { toast } from '#renderer/ui/toasts.ts'
import { ActionDialog } from './ActionDialog.tsx'
import { AlertDetail } from './AlertDetail.tsx'
import { type AlertSearch, isFiltered, linkTo, noFilter, savedSearchOf, useAlertSearch } from './alert-search.ts'
import { BulkBar } from './BulkBar.tsx'
import { alertColumns } from './columns.tsx'
import { FilterBar } from './FilterBar.tsx'
import { refusedProblem } from './filter-problem.ts'
import { groupKeys } from './group-keys.ts'
import { InboxList } from './InboxList.tsx'
import { withLabel } from './labels.ts'
import { NotificationStrip } from './NotificationStrip.tsx'
import { alertSources, useForbidden, useInboxLive } from './queries.ts'
import { SourceStrip } from './SourceStrip.tsx'
import { sortAfter } from './sort.ts'
import { StaleSourcesProvider, staleOf } from './stale-sources.ts'
import { allRows, type Target } from './target.ts'
import { useAlertActions } from './use-alert-actions.ts'
import { useAlertCommands } from './use-alert-commands.ts'
import { useInbox } from './use-inbox.ts'
import { useInboxView } from './use-inbox-view.ts'
import { useSelection } from './use-selection.ts'
import { useStable } from './use-stable.ts'

const noSources: readonly SourceState[] = []

const inList = (): boolean => document.activeElement?.closest('[role="grid"]') != null

/** After the detail closes the focus would be nowhere. */
const focusList = () =>
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-region="List"] [data-roving]')?.focus())

/** The triage inbox: one list over all sources, and one alert in full beside it. */
export function AlertsPage() {
  useInboxLive()
  const address = useAlertSearch()
  const { search, open } = address
  const forbidden = useForbidden()
  const environment = useScope((scope) => scope.environment)
  const { view, filter, collapsed, matchers, text, setMatchers, setText, setCollapsed, problem, put } = useInboxView(
    address,
    environment,
  )
  const deferred = useDeferredValue(view)
  const inbox = useInbox(deferred)
  const refused = refusedProblem(deferred.matchers, inbox.error)
  const chosen = useSelection(filter, inbox.held)
  const actions = useAlertActions()
  const active = useRef<AlertRow | undefined>(undefined)
  const opened = useRef<AlertRow | undefined>(undefined)
  const [saving, setSaving] = useState(false)
  const { data: sources = noSources } = useQuery(alertSources)
  const stale = useMemo(() => staleOf(sources), [sources])
  const staleIds = useMemo(() => new Set(stale.map(({ id }) => id)), [stale])

  const close = useStable(() => {
    if (search.alert === undefined) return
    address.close()
    focusList()
  })
  /** The selection; else the row under the keyboard, while it has the focus; else the opened alert. */
  const target = (): Target | null => {
    const selected = chosen.target()
    if (selected !== null) return selected
    const alert = inList() ? active.current : search.alert === undefined ? active.current : opened.current
    return alert === undefined ? null : { kind: 'alerts', alerts: [alert] }
  }
  const copyLink = () =>
    void navigator.clipboard.writeText(linkTo(window.location, window.framework0 !== undefined)).then(
      () => toast('Copied a link to this view.'),
      () => toast('The clipboard is not available.', { tone: 'failed' }),
    )
  const exportRows = useStable((format: 'csv' | 'json') =>
    actions.run(async () => {
      requireApplication()
      const rows = await allRows({ ...filter, sort: view.sort })
      const columns = exportColumns(alertColumns)
      if (format === 'csv') saveText('alerts.csv', toCsv(columns, rows), 'text/csv')
      else saveText('alerts.json', toJson(columns, rows), 'application/json')
    }),
  )
  const fold = useStable((all: boolean) =>
    all ? actions.run(async () => setCollapsed((await groupKeys(view)).slice(0, 10_000))) : setCollapsed([]),
  )
  const change = useStable(put)
  const apply = useStable(address.apply)
  const onRefresh = useStable(() => actions.refresh())
  const startSaving = useStable(() => setSaving(true))

  useAlertCommands({
    target,
    actions,
    forbidden,
    opened: search.alert !== undefined,
    canOpen: () => active.current !== undefined,
    openActive: () => active.current !== undefined && open(active.current.id),
    close,
    copyLink,
    save: startSaving,
  })

  const onOpen = useStable(({ id }: AlertRow) => open(id))
  const onActive = useStable((alert: AlertRow | undefined) => {
    active.current = alert
  })
  const onSort = useStable((sort: Sort | null) => put({ sort: sortAfter(view.sort, sort) }))
  const onToggleGroup = useStable((key: string) =>
    setCollapsed(collapsed.includes(key) ? collapsed.filter((other) => other !== key) : [...collapsed, key]),
  )
  const onClear = useStable(() => put(noFilter))
  const onSelection = useStable(chosen.choose)
  const selected = chosen.target()
  const shownSearch: AlertSearch = { ...search, matchers: matchers || undefined, search: text || undefined }

  return (
    <StaleSourcesProvider value={staleIds}>
      <div className="flex h-full flex-col">
        <FilterBar
          search={shownSearch}
          put={change}
          matchers={matchers}
          onMatchers={setMatchers}
          text={text}
          onText={setText}
          problem={problem ?? refused}
          environment={environment}
          answer={inbox.held?.answer}
          tools={{
            groupBy: search.groupBy,
            put: change,
            apply,
            forbidden,
            refreshing: actions.refreshing,
            onRefresh,
            onFold: fold,
            onExport: exportRows,
            onSaveView: startSaving,
          }}
        />
        <NotificationStrip />
        <SourceStrip stale={stale} onRetry={actions.refresh} forbidden={forbidden('alerts.refresh')} />
        {actions.error === null ? null : (
          <div className="border-b border-line p-2">
            <ErrorPanel
              title="This was not done."
              error={actions.error}
              actions={
                <Button size={24} onClick={actions.forgetError}>
                  Dismiss
                </Button>
              }
            />
          </div>
        )}
        {selected === null ? null : (
          <BulkBar
            target={selected}
            actions={actions}
            forbidden={forbidden}
            total={inbox.held?.answer.total ?? 0}
            onAll={() => chosen.choose(everythingSelected)}
            onClear={chosen.clear}
          />
        )}
        <div className="min-h-0 flex-1">
          <SplitPane
            name="alerts"
            detailLabel="Alert"
            initial={520}
            minDetail={400}
            list={
              <InboxList
                inbox={inbox}
                error={refused === null ? inbox.error : null}
                sort={deferred.sort}
                onSort={onSort}
                selection={chosen.selection}
                onSelection={onSelection}
                openId={search.alert ?? null}
                onOpen={onOpen}
                onActive={onActive}
                onToggleGroup={onToggleGroup}
                onBack={close}
                filtered={isFiltered(shownSearch)}
                onClear={onClear}
              />
            }
            detail={
              search.alert === undefined ? null : (
                <AlertDetail
                  key={search.alert}
                  id={search.alert}
                  opened={opened}
                  actions={actions}
                  forbidden={forbidden}
                  onOpen={open}
                  onClose={close}
                  onCopyLink={copyLink}
                  onLabel={(name, value, isEqual) => setMatchers(withLabel(matchers, name, value, isEqual))}
                  onEnvironment={(name) => put({ environments: [name] })}
                />
              )
            }
          />
        </div>
        <ActionDialog act={actions.act} onClose={actions.closeAct} />
        <SaveView screen="alerts" open={saving} search={savedSearchOf(shownSearch)} onClose={() => setSaving(false)} />
      </div>
    </StaleSourcesProvider>
  )
}
