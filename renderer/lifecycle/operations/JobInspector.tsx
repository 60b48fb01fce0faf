import { Link } from '@tanstack/react-router'
import { clsx } from 'clsx'
import { Ban, Play, X } from 'lucide-react'
import { AppError } from '#preload/contract/error.ts'
import type { JobDetail } from '#preload/lifecycle/operations.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { type KeyValue, KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { JobState } from './JobState.tsx'
import { JobTasks } from './JobTasks.tsx'
import { JobTimeline } from './JobTimeline.tsx'
import { startable, type useForbidden } from './queries.ts'
import { waitText } from './wait-text.ts'

/** What can be done to a job; the screen registers the same as commands. */
export type JobActions = {
  readonly run: (job: JobDetail) => void
  readonly cancel: (job: JobDetail) => void
  readonly retry: (job: JobDetail, key: string) => void
  readonly close: () => void
}

function JobLink({ id, title }: { readonly id: string; readonly title: string }) {
  return (
    <Link to="/jobs" search={{ open: id } as never} className="text-accent underline-offset-2 hover:underline">
      <SafeText text={title} oneLine />
    </Link>
  )
}

function Related({ job: { parent, children } }: { readonly job: JobDetail }) {
  if (parent === null && children.length === 0) return null
  return (
    <Section title="Begun by and began" count={children.length + (parent === null ? 0 : 1)}>
      <ul>
        {parent === null ? null : (
          <li className="flex min-h-6 items-center gap-2">
            <span className="w-24 shrink-0 text-muted">Begun by</span>
            <JobLink {...parent} />
            <JobState state={parent.state} />
          </li>
        )}
        {children.map((child) => (
          <li key={child.id} className="flex min-h-6 items-center gap-2">
            <span className="w-24 shrink-0 text-muted">Began</span>
            <JobLink {...child} />
            <JobState state={child.state} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

const levels = { info: 'text-muted', warning: 'text-warning', error: 'text-high' } as const

function Logs({ logs }: Pick<JobDetail, 'logs'>) {
  if (logs.length === 0) return null
  return (
    <Section title="Log" count={logs.length} collapsible>
      <ol aria-label="Log" className="max-h-72 overflow-auto" tabIndex={-1}>
        {logs.map(({ at, level, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two lines may be the same in everything
          <li key={index} className="flex gap-2 py-0.5">
            <Timestamp at={at} className="shrink-0 text-secondary text-muted" />
            <span className={clsx('w-14 shrink-0 text-secondary', levels[level])}>{level}</span>
            <SafeText text={text} className="min-w-0 flex-1" />
          </li>
        ))}
      </ol>
    </Section>
  )
}

function Signals({ signals }: Pick<JobDetail, 'signals'>) {
  if (signals.length === 0) return null
  return (
    <Section title="Signals" count={signals.length} collapsible>
      <ul>
        {signals.map(({ name, at, takenBy }) => (
          <li key={`${at} ${name} ${takenBy}`} className="flex min-h-6 items-center gap-2">
            <SafeText text={name} oneLine className="min-w-0 flex-1" />
            <span className="text-muted">{takenBy === null ? 'not taken' : <SafeText text={`by ${takenBy}`} />}</span>
            <Timestamp at={at} className="text-secondary text-muted" />
          </li>
        ))}
      </ul>
    </Section>
  )
}

function factsOf(job: JobDetail): readonly KeyValue[] {
  const { dueAt, waits, begunAt, endedAt, deadline, cancelledAt, cancelledBy, attempts, input, progress } = job
  const facts: (KeyValue | null)[] = [
    progress === null ? null : { name: 'Progress', value: <SafeText text={progress} /> },
    waits.length === 0 ? null : { name: 'Waits', value: <SafeText text={waits.map(waitText).join(', ')} /> },
    dueAt === null ? null : { name: 'Due', value: <DueTime at={dueAt} /> },
    begunAt === null ? null : { name: 'Begun', value: <Timestamp at={begunAt} /> },
    endedAt === null ? null : { name: 'Ended', value: <Timestamp at={endedAt} /> },
    deadline === null || endedAt !== null ? null : { name: 'Deadline', value: <Timestamp at={deadline} /> },
    cancelledAt === null
      ? null
      : { name: 'Cancelled', value: <SafeText text={cancelledBy === null ? cancelledAt : `by ${cancelledBy}`} /> },
    attempts === 0 ? null : { name: 'Attempt', value: attempts },
    input === null ? null : { name: 'Input', value: <SafeText text={JSON.stringify(input, null, 2)} mono /> },
  ]
  return facts.filter((fact) => fact !== null)
}

function DueTime({ at }: { readonly at: string }) {
  return (
    <>
      <RelativeTime at={at} /> (<Timestamp at={at} />)
    </>
  )
}

type JobInspectorProps = {
  readonly job: JobDetail
  readonly actions: JobActions
  readonly forbidden: ReturnType<typeof useForbidden>
  readonly busy: boolean
  /** Why the last act failed; null when it did not. */
  readonly failure: { readonly title: string; readonly error: unknown } | null
}

/** Everything of one job: what it waits for, what it did and when, what it said, and what may be done to it. */
export function JobInspector({ job, actions, forbidden, busy, failure }: JobInspectorProps) {
  const { title, kind, version, state, undoing, error } = job
  return (
    <div>
      <header className="flex flex-col gap-2 border-b border-line px-3 py-2">
        <div className="flex items-center gap-2">
          <h2 className="min-w-0 flex-1 truncate text-title font-semibold">
            <SafeText text={title} oneLine />
          </h2>
          <Tag>{`${kind} v${version}`}</Tag>
          <IconButton icon={X} label="Close" shortcut="Esc" onClick={actions.close} />
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <JobState state={state} undoing={undoing} />
          <span className="flex-1" />
          {startable(job) ? (
            <Button
              icon={Play}
              shortcut="r"
              busy={busy}
              forbidden={forbidden('operations.runJob')}
              onClick={() => actions.run(job)}
            >
              Run now
            </Button>
          ) : null}
          <Button
            icon={Ban}
            kind="danger"
            shortcut="Shift+C"
            forbidden={job.cancelRefusal ?? forbidden('operations.cancelJob')}
            onClick={() => actions.cancel(job)}
          >
            Cancel the job
          </Button>
        </div>
      </header>
      {failure === null ? null : (
        <div className="border-b border-line p-2">
          <ErrorPanel title={failure.title} error={failure.error} />
        </div>
      )}
      {error === null ? null : (
        <div className="border-b border-line p-2">
          <ErrorPanel
            title={state === 'failed' ? 'The job failed.' : 'The last attempt failed.'}
            error={AppError.fromShape(error)}
          />
        </div>
      )}
      <JobTasks job={job} forbidden={forbidden('operations.answerJob')} />
      <div className="border-b border-line px-3 py-2">
        <KeyValueList items={factsOf(job)} nameWidth={88} />
      </div>
      <Section title="Timeline" count={job.timeline.length}>
        <JobTimeline
          job={job}
          retryRefusal={job.retryRefusal ?? forbidden('operations.retryJob')}
          onRetry={(key) => actions.retry(job, key)}
        />
      </Section>
      <Related job={job} />
      <Signals signals={job.signals} />
      <Logs logs={job.logs} />
    </div>
  )
}
