import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Job } from '#preload/lifecycle/operations.ts'
import { useOverlays } from '#renderer/app/overlays.ts'
import { type Column, type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { isTracked, JobDetail } from './JobDetail.tsx'
import { JobState, jobStateRank } from './JobState.tsx'
import { jobList, useForbidden, useOperationsLive } from './queries.ts'

/** The drawer's tab of this panel. */
export const jobsTab = 'jobs'

const columns: readonly Column<Job>[] = [
  {
    id: 'state',
    header: 'State',
    width: 112,
    fixed: true,
    sortable: true,
    cell: ({ state }) => <JobState state={state} />,
    sortValue: ({ state }) => jobStateRank(state),
  },
  {
    id: 'title',
    header: 'Job',
    width: 290,
    grow: 1,
    fixed: true,
    sortable: true,
    cell: ({ title }) => <SafeText text={title} oneLine className="font-medium" />,
    sortValue: ({ title }) => title,
  },
  {
    id: 'due',
    header: 'Due',
    width: 96,
    align: 'end',
    sortable: true,
    cell: ({ dueAt, kind }) =>
      dueAt === null || isTracked(kind) ? <span className="text-muted">–</span> : <RelativeTime at={dueAt} />,
    sortValue: ({ dueAt }) => dueAt ?? '\uffff',
  },
  {
    id: 'attempts',
    header: 'Attempts',
    width: 80,
    align: 'end',
    sortable: true,
    cell: ({ attempts }) => attempts,
    sortValue: ({ attempts }) => attempts,
  },
  {
    id: 'steps',
    header: 'Steps',
    width: 72,
    align: 'end',
    cell: ({ steps }) => steps.length,
  },
  {
    id: 'progress',
    header: 'Progress',
    width: 240,
    grow: 1,
    cell: ({ progress, kind }) =>
      progress === null || isTracked(kind) ? null : <SafeText text={progress} oneLine className="text-muted" />,
  },
  {
    id: 'error',
    header: 'Error',
    width: 240,
    grow: 1,
    cell: ({ error }) => (error === null ? null : <SafeText text={error.message} oneLine />),
  },
  {
    id: 'updated',
    header: 'Changed',
    width: 96,
    align: 'end',
    sortable: true,
    cell: ({ updatedAt }) => <RelativeTime at={updatedAt} className="text-muted" />,
    sortValue: ({ updatedAt }) => updatedAt,
  },
]

function Jobs() {
  useOperationsLive()
  const query = useQuery(jobList)
  const forbidden = useForbidden()
  const [sort, setSort] = useState<Sort | null>({ column: 'state', descending: false })
  const [opened, setOpened] = useState<string | null>(null)
  const rows = useMemo(() => sortRows(query.data ?? [], columns, sort), [query.data, sort])
  const job = rows.find(({ id }) => id === opened)
  const close = () => setOpened(null)
  return (
    <QueryView
      query={query}
      failure="The jobs could not be loaded."
      ready={() => (
        <SplitPane
          name="jobs"
          detailLabel="Job"
          initial={420}
          detail={
            job === undefined ? null : (
              <JobDetail key={job.id} job={job} forbidden={forbidden('operations.runJob')} onClose={close} />
            )
          }
          list={
            <DataGrid
              name="jobs"
              label="Jobs"
              columns={columns}
              {...rowsOf(rows)}
              rowKey={({ id }) => id}
              sort={sort}
              onSort={setSort}
              openKey={opened}
              onOpen={({ id }) => setOpened(id)}
              onBack={close}
              empty={<p className="p-3 text-muted">No job is planned or running.</p>}
            />
          }
        />
      )}
    />
  )
}

/** Running, planned and recent jobs. The drawer keeps its panels mounted; a closed one must not take keys. */
export function JobsDrawer() {
  const shown = useOverlays(({ drawer }) => drawer === jobsTab)
  return shown ? <Jobs /> : null
}
