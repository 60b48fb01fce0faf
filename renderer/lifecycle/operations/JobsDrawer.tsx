import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useOverlays } from '#renderer/app/overlays.ts'
import { type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { JobDetail } from './JobDetail.tsx'
import { jobColumns } from './job-columns.tsx'
import { jobList, useForbidden, useOperationsLive } from './queries.ts'

/** The drawer's tab of this panel. */
export const jobsTab = 'jobs'

function Jobs() {
  useOperationsLive()
  const query = useQuery(jobList)
  const forbidden = useForbidden()
  const [sort, setSort] = useState<Sort | null>({ column: 'state', descending: false })
  const [opened, setOpened] = useState<string | null>(null)
  const rows = useMemo(() => sortRows(query.data ?? [], jobColumns, sort), [query.data, sort])
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
              columns={jobColumns}
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
