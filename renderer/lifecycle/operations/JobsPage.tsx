import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Job } from '#preload/lifecycle/operations.ts'
import { useCommands } from '#renderer/ui/commands.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { type Change, JobChange } from './JobChange.tsx'
import { JobDetail } from './JobDetail.tsx'
import { type JobActions, JobInspector } from './JobInspector.tsx'
import { JobsToolbar } from './JobsToolbar.tsx'
import { jobColumns } from './job-columns.tsx'
import { passes, useJobSearch } from './job-search.ts'
import { isTracked, jobList, jobOf, startable, useForbidden, useOperationsLive, useRunJob } from './queries.ts'

const none: readonly Job[] = []
const area = 'Jobs'

/** After a detail closes the focus would be nowhere. */
const focusList = () =>
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-region="List"] [data-roving]')?.focus())

/** The jobs of the workspace, and everything of the one that is opened. */
export function JobsPage() {
  useOperationsLive()
  const query = useQuery({ ...jobList, refetchInterval: 5_000 })
  const all = query.data ?? none
  const search = useJobSearch()
  const { q, show, kind } = search
  const forbidden = useForbidden()
  const [sort, setSort] = useState<Sort | null>({ column: 'updated', descending: true })
  const [change, setChange] = useState<Change | null>(null)
  const run = useRunJob()
  const rows = useMemo(
    () =>
      sortRows(
        all.filter((job) => passes(job, { q, show, kind })),
        jobColumns,
        sort,
      ),
    [all, q, show, kind, sort],
  )
  const listed = all.find(({ id }) => id === search.open)
  const tracked = listed !== undefined && isTracked(listed.kind)
  const one = useQuery({ ...jobOf(search.open ?? ''), enabled: search.open !== undefined && !tracked })
  const opened = one.data?.id === search.open ? one.data : undefined

  const open = (id: string | undefined) => {
    run.reset()
    search.openOne(id)
  }
  const actions: JobActions = {
    run: (job) => run.mutate(job.id),
    cancel: (job) => setChange({ kind: 'cancel', job }),
    retry: (job, key) => setChange({ kind: 'retry', job, key }),
    close: () => {
      open(undefined)
      focusList()
    },
  }
  useCommands([
    {
      id: 'jobs.run',
      title: 'Run the job now',
      area,
      shortcut: 'r',
      when: () => opened !== undefined && startable(opened),
      disabledReason: forbidden('operations.runJob'),
      run: () => (opened === undefined ? undefined : actions.run(opened)),
    },
    {
      id: 'jobs.cancel',
      title: 'Cancel the job',
      area,
      shortcut: 'Shift+C',
      when: () => opened !== undefined,
      disabledReason: opened?.cancelRefusal ?? forbidden('operations.cancelJob'),
      run: () => (opened === undefined ? undefined : actions.cancel(opened)),
    },
    {
      id: 'jobs.close',
      title: 'Close the detail',
      area,
      shortcut: 'Esc',
      when: () => search.open !== undefined,
      run: actions.close,
    },
  ])

  const detail = () => {
    if (search.open === undefined) return null
    if (tracked) return <JobDetail job={listed} forbidden={forbidden('operations.runJob')} onClose={actions.close} />
    return (
      <QueryView
        query={one}
        failure="The job could not be loaded."
        ready={(job) => (
          <JobInspector
            key={job.id}
            job={job}
            actions={actions}
            forbidden={forbidden}
            busy={run.isPending}
            failure={run.error === null ? null : { title: 'The job was not started.', error: run.error }}
          />
        )}
      />
    )
  }
  const empty =
    all.length === 0 ? (
      <EmptyState voice="all-clear" title="No job is planned or running" />
    ) : (
      <EmptyState voice="no-match" onClear={search.clear} />
    )
  return (
    <div className="flex h-full flex-col">
      <JobsToolbar search={search} kinds={[...new Set(all.map((job) => job.kind))].sort()} rows={rows} all={all} />
      <div className="min-h-0 flex-1">
        <QueryView
          query={query}
          failure="The jobs could not be loaded."
          ready={() => (
            <SplitPane
              name="job-inspector"
              detailLabel="Job"
              initial={620}
              minDetail={420}
              detail={detail()}
              list={
                <DataGrid
                  name="job-inspector"
                  label="Jobs of the workspace"
                  columns={jobColumns}
                  {...rowsOf(rows)}
                  rowKey={({ id }) => id}
                  sort={sort}
                  onSort={setSort}
                  openKey={search.open ?? null}
                  onOpen={({ id }) => open(id)}
                  onBack={actions.close}
                  empty={empty}
                />
              }
            />
          )}
        />
      </div>
      {change === null ? null : <JobChange change={change} onClose={() => setChange(null)} />}
    </div>
  )
}
