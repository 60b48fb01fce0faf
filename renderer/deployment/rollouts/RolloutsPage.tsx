import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { endedRolloutsListed, type ListedRollout } from '#preload/deployment/rollouts.ts'
import { useScope } from '#renderer/app/scope.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { plural } from '#renderer/ui/format.ts'
import { type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { GridExport } from '#renderer/ui/grid/GridExport.tsx'
import { GridFilter } from '#renderer/ui/grid/GridFilter.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { useOpenSearch } from './open-search.ts'
import { rolloutList, useRolloutsLive } from './queries.ts'
import { RolloutDetail } from './RolloutDetail.tsx'
import { rolloutColumns } from './rollout-columns.tsx'

const none: readonly ListedRollout[] = []

const matches = (filter: string) => {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  return ({ service, environment, fromVersion, toVersion, state, startedBy, wentBack }: ListedRollout) => {
    const whole =
      `${service} ${environment} ${fromVersion ?? ''} ${toVersion} ${state} ${startedBy} ${wentBack ?? ''}`.toLowerCase()
    return words.every((word) => whole.includes(word))
  }
}

/** What is rolled out now, and what was. */
export function RolloutsPage() {
  useRolloutsLive()
  const query = useQuery(rolloutList)
  const navigate = useNavigate()
  const { open, show } = useOpenSearch()
  const [filter, setFilter] = useState('')
  const [sort, setSort] = useState<Sort | null>({ column: 'started', descending: true })
  const environment = useScope((scope) => scope.environment)
  const all = query.data ?? none
  const rows = useMemo(() => {
    const inScope = environment === null ? all : all.filter((each) => each.environment === environment)
    return sortRows(inScope.filter(matches(filter)), rolloutColumns, sort)
  }, [all, environment, filter, sort])
  const cut = all.filter(({ endedAt }) => endedAt !== null).length >= endedRolloutsListed
  const empty =
    all.length === 0 ? (
      <EmptyState
        voice="unconfigured"
        title="Nothing was rolled out yet"
        action={{ label: 'Go to the services', run: () => void navigate({ to: '/services' }) }}
      >
        A rollout brings a version of a service into an environment, and back when it does not hold.
      </EmptyState>
    ) : (
      <EmptyState voice="no-match" onClear={() => setFilter('')} />
    )
  return (
    <div className="flex h-full flex-col">
      <div data-region="Filter" className="flex flex-wrap items-center gap-2 border-b border-line p-2">
        <GridFilter label="Filter the rollouts" placeholder="Filter" value={filter} onChange={setFilter} />
        <span role="status" className="flex-1 text-secondary text-muted">
          {plural(rows.length, 'rollout')}
          {cut ? `, of those that ended only the newest ${endedRolloutsListed}` : ''}
        </span>
        <GridExport name="rollouts" area="Rollouts" columns={rolloutColumns} rows={rows} />
      </div>
      <div className="min-h-0 flex-1">
        <QueryView
          query={query}
          failure="The rollouts could not be loaded."
          ready={() => (
            <SplitPane
              name="rollouts"
              detailLabel="Rollout"
              initial={620}
              minDetail={460}
              detail={
                open === undefined ? null : <RolloutDetail key={open} id={open} onClose={() => show(undefined)} />
              }
              list={
                <DataGrid
                  name="rollouts"
                  label="Rollouts"
                  columns={rolloutColumns}
                  {...rowsOf(rows)}
                  rowKey={({ id }) => id}
                  sort={sort}
                  onSort={setSort}
                  openKey={open ?? null}
                  onOpen={({ id }) => show(id)}
                  onBack={() => show(undefined)}
                  empty={empty}
                />
              }
            />
          )}
        />
      </div>
    </div>
  )
}
