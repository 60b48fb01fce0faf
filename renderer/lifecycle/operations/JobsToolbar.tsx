import { endedJobsListed, type Job } from '#preload/lifecycle/operations.ts'
import { plural } from '#renderer/ui/format.ts'
import { GridExport } from '#renderer/ui/grid/GridExport.tsx'
import { GridFilter } from '#renderer/ui/grid/GridFilter.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { jobColumns } from './job-columns.tsx'
import type { useJobSearch } from './job-search.ts'

const shows = [
  { value: 'all', label: 'All' },
  { value: 'running', label: 'Running' },
  { value: 'waiting', label: 'Waiting' },
  { value: 'failed', label: 'Failed' },
  { value: 'ended', label: 'Done' },
] as const

const everyKind = '*'

const isEnded = ({ state }: Job): boolean => state !== 'running' && state !== 'waiting'

type JobsToolbarProps = {
  readonly search: ReturnType<typeof useJobSearch>
  readonly kinds: readonly string[]
  readonly rows: readonly Job[]
  readonly all: readonly Job[]
}

export function JobsToolbar({ search, kinds, rows, all }: JobsToolbarProps) {
  const total = all.length
  const cut = all.filter(isEnded).length >= endedJobsListed
  const options = [{ value: everyKind, label: 'Every kind' }, ...kinds.map((kind) => ({ value: kind, label: kind }))]
  return (
    <div data-region="Filter" className="flex flex-wrap items-center gap-2 border-b border-line p-2">
      <GridFilter
        label="Filter jobs"
        placeholder="Title, kind, progress, error"
        value={search.q}
        onChange={search.filter}
      />
      <SegmentedControl label="State" segments={shows} value={search.show} onChange={search.showOnly} />
      <div className="w-44">
        <Select
          aria-label="Kind"
          options={options}
          value={search.kind ?? everyKind}
          onChange={(kind) => search.ofKind(kind === everyKind ? undefined : kind)}
        />
      </div>
      <span role="status" className="flex-1 text-secondary text-muted">
        {rows.length === total ? plural(total, 'job') : `${rows.length} of ${plural(total, 'job')}`}
        {cut ? `, of those that ended only the newest ${endedJobsListed}` : ''}
      </span>
      <GridExport name="jobs" area="Jobs" columns={jobColumns} rows={rows} />
    </div>
  )
}
