import { Link } from '@tanstack/react-router'
import { CircleCheck, CircleX, LoaderCircle, Play, X } from 'lucide-react'
import { AppError } from '#preload/contract/error.ts'
import type { Job } from '#preload/lifecycle/operations.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { JobState } from './JobState.tsx'
import { isTracked, startable, useRunJob } from './queries.ts'

type JobDetailProps = {
  readonly job: Job
  readonly forbidden: string | undefined
  readonly onClose: () => void
}

const outcomes = {
  started: { icon: LoaderCircle, color: 'text-accent' },
  succeeded: { icon: CircleCheck, color: 'text-ok' },
  failed: { icon: CircleX, color: 'text-high' },
} as const

function Steps({ steps }: Pick<Job, 'steps'>) {
  if (steps.length === 0) return <p className="text-muted">No steps are recorded.</p>
  return (
    <ol>
      {steps.map(({ key, at, outcome }) => {
        const { icon: Icon, color } = outcomes[outcome]
        return (
          <li key={key} className="flex min-h-6 items-center gap-2">
            <Icon aria-hidden size={13} className={color} />
            <SafeText text={key} oneLine className="min-w-0 flex-1" />
            <span className="text-muted">{outcome}</span>
            <Timestamp at={at} className="text-secondary text-muted" />
          </li>
        )
      })}
    </ol>
  )
}

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
  const { id, title, state, undoing, error, progress, steps } = job
  return (
    <div className="flex flex-col gap-2 p-3">
      <div className="flex items-center gap-2">
        <h3 className="min-w-0 flex-1 truncate font-semibold">{title}</h3>
        <JobState state={state} undoing={undoing} />
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
          <Link
            to="/jobs"
            search={{ open: id } as never}
            className="self-start text-accent underline-offset-2 hover:underline"
          >
            Open in the inspector
          </Link>
        </>
      )}
    </div>
  )
}
