import type { Job } from '#preload/lifecycle/operations.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { JobState, jobStateRank } from './JobState.tsx'
import { isTracked } from './queries.ts'
import { waitText } from './wait-text.ts'

/** What it does now: what it waits for, else how far it has come. What a signal means is known by its job alone. */
function presently({ waits, progress, kind }: Job): string {
  if (isTracked(kind)) return ''
  const explained = progress !== null && waits.every((wait) => wait.kind === 'signal')
  return explained || waits.length === 0 ? (progress ?? '') : `Waits ${waits.map(waitText).join(', ')}`
}

export const jobColumns: readonly Column<Job>[] = [
  {
    id: 'state',
    header: 'State',
    width: 112,
    fixed: true,
    sortable: true,
    cell: ({ state, undoing }) => <JobState state={state} undoing={undoing} />,
    sortValue: ({ state }) => jobStateRank(state),
    exportValue: ({ state }) => state,
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
    exportValue: ({ title }) => title,
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 120,
    hidden: true,
    sortable: true,
    cell: ({ kind }) => <SafeText text={kind} oneLine mono />,
    sortValue: ({ kind }) => kind,
    exportValue: ({ kind }) => kind,
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
    exportValue: ({ dueAt }) => dueAt,
  },
  {
    id: 'attempts',
    header: 'Attempts',
    width: 80,
    align: 'end',
    sortable: true,
    cell: ({ attempts }) => attempts,
    sortValue: ({ attempts }) => attempts,
    exportValue: ({ attempts }) => attempts,
  },
  {
    id: 'steps',
    header: 'Steps',
    width: 72,
    align: 'end',
    cell: ({ steps }) => steps.length,
    exportValue: ({ steps }) => steps.length,
  },
  {
    id: 'progress',
    header: 'Progress',
    width: 240,
    grow: 1,
    cell: (job) => <SafeText text={presently(job)} oneLine className="text-muted" />,
    exportValue: presently,
  },
  {
    id: 'error',
    header: 'Error',
    width: 240,
    grow: 1,
    cell: ({ error }) => (error === null ? null : <SafeText text={error.message} oneLine />),
    exportValue: ({ error }) => error?.message ?? null,
  },
  {
    id: 'updated',
    header: 'Changed',
    width: 96,
    align: 'end',
    sortable: true,
    cell: ({ updatedAt }) => <RelativeTime at={updatedAt} className="text-muted" />,
    sortValue: ({ updatedAt }) => updatedAt,
    exportValue: ({ updatedAt }) => updatedAt,
  },
]
