import { CircleCheck, CircleX, Play, X } from 'lucide-react'
import { AppError } from '#preload/contract/error.ts'
import type { Job } from '#preload/lifecycle/operations.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { JobState } from './JobState.tsx'
import { useRunJob } from './queries.ts'

type JobDetailProps = {
  readonly job: Job
  readonly forbidden: string | undefined
  readonly onClose: () => void
}

function Steps({ steps }: Pick<Job, 'steps'>) {
  if (steps.length === 0) return <p className="text-muted">No steps are recorded.</p>
  return (
    <ol>
      {steps.map(({ key, at, outcome }) => {
        const Icon = outcome === 'succeeded' ? CircleCheck : CircleX
        return (
          <li key={key} className="flex min-h-6 items-center gap-2">
            <Icon aria-hidden size={13} className={outcome === 'succeeded' ? 'text-ok' : 'text-high'} />
            <span className="min-w-0 flex-1 truncate">{key}</span>
            <span className="text-muted">{outcome}</span>
            <Timestamp at={at} className="text-secondary text-muted" />
          </li>
        )
      })}
    </ol>
  )
}

/**
 * Tracked work is carried out elsewhere and cannot be started here. Its journal is written only when its state changes,
 * so its times are old; the connections have the present ones.
 */
export const isTracked = (kind: string): boolean => kind === 'poll'

const startable = ({ kind, state }: Job): boolean => !isTracked(kind) && state !== 'running'

function Planned({ job: { dueAt, attempts } }: { readonly job: Job }) {
  return (
    <p className="text-muted">
      {dueAt === null ? (
        'Nothing is planned.'
      ) : (
        <>
          Due <RelativeTime at={dueAt} /> (<Timestamp at={dueAt} />)
        </>
      )}
      {attempts === 0 ? '' : ` · attempt ${attempts}`}
    </p>
  )
}

export function JobDetail({ job, forbidden, onClose }: JobDetailProps) {
  const run = useRunJob()
  const { title, state, error, progress, steps } = job
  return (
    <div className="flex flex-col gap-2 p-3">
      <div className="flex items-center gap-2">
        <h3 className="min-w-0 flex-1 truncate font-semibold">{title}</h3>
        <JobState state={state} />
        {startable(job) ? (
          <Button size={24} icon={Play} forbidden={forbidden} busy={run.isPending} onClick={() => run.mutate(job.id)}>
            Run now
          </Button>
        ) : null}
        <IconButton size={24} icon={X} label="Close" onClick={onClose} />
      </div>
      {run.error === null ? null : <ErrorPanel title="The job was not started." error={run.error} />}
      {run.data?.started === false ? <p className="text-warning">It is running already.</p> : null}
      {error === null ? null : <ErrorPanel title="The last attempt failed." error={AppError.fromShape(error)} />}
      {isTracked(job.kind) ? (
        <p className="text-muted">It goes on by itself; the connections tell how it is.</p>
      ) : (
        <>
          <Planned job={job} />
          {progress === null ? null : <SafeText text={progress} />}
          <Steps steps={steps} />
        </>
      )}
    </div>
  )
}
