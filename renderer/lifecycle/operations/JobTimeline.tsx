import { clsx } from 'clsx'
import {
  ChevronRight,
  CircleCheck,
  CircleX,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  MessageCircleQuestion,
  Radio,
  Timer,
  Undo2,
  Workflow,
} from 'lucide-react'
import { useState } from 'react'
import type { JobDetail, JobEntry } from '#preload/lifecycle/operations.ts'
import { useClock } from '#renderer/ui/clock.ts'
import { formatDuration } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { JobEntryDetail } from './JobEntryDetail.tsx'
import { type Bar, type TimelineLine, timelineOf } from './timeline.ts'

const waitIcons: Readonly<Record<Exclude<JobEntry['kind'], 'step'>, LucideIcon>> = {
  timer: Timer,
  signal: Radio,
  poll: Radio,
  task: MessageCircleQuestion,
  child: Workflow,
}

/** How an entry stands, as shape, word and colour. */
function lookOf({ kind, outcome, undo }: JobEntry, live: boolean) {
  if (undo?.outcome === 'succeeded') return { icon: Undo2, word: 'undone', text: 'text-muted', fill: 'bg-ok' }
  if (undo?.outcome === 'failed') return { icon: CircleX, word: 'not undone', text: 'text-high', fill: 'bg-ok' }
  if (outcome === 'failed') return { icon: CircleX, word: 'failed', text: 'text-high', fill: 'bg-high' }
  const icon = kind === 'step' ? null : waitIcons[kind]
  if (outcome === 'succeeded')
    return kind === 'step'
      ? { icon: CircleCheck, word: 'succeeded', text: 'text-ok', fill: 'bg-ok' }
      : { icon: icon ?? Hourglass, word: 'ended', text: 'text-muted', fill: 'bg-control' }
  if (!live) return { icon: icon ?? CircleX, word: 'end unknown', text: 'text-warning', fill: 'bg-warning' }
  if (kind === 'step') return { icon: LoaderCircle, word: 'under way', text: 'text-accent', fill: 'bg-accent' }
  return { icon: icon ?? Hourglass, word: 'waits', text: 'text-accent', fill: 'bg-accent' }
}

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`

function Stretch({ bar, className }: { readonly bar: Bar; readonly className: string }) {
  return (
    <span
      className={clsx('absolute h-1.5 min-w-0.5 rounded-sm', className)}
      style={{ left: `min(${percent(bar.start)}, calc(100% - 2px))`, width: percent(bar.length) }}
    />
  )
}

type LineProps = {
  readonly line: TimelineLine
  /** Its job is under way. */
  readonly live: boolean
  readonly retryRefusal: string | undefined
  readonly onRetry: (key: string) => void
}

function Line({ line, live, retryRefusal, onRetry }: LineProps) {
  const [open, setOpen] = useState(false)
  const { entry, ms, bar, undo } = line
  const { icon: Icon, word, text, fill } = lookOf(entry, live)
  const duration = formatDuration(ms / 1_000)
  return (
    <li className="border-b border-line last:border-b-0">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex h-7 w-full items-center gap-2 text-left hover:bg-hover"
      >
        <ChevronRight aria-hidden size={13} className={clsx('shrink-0 text-muted', open && 'rotate-90')} />
        <Icon aria-hidden size={13} className={clsx('shrink-0', text)} />
        <SafeText text={entry.key} oneLine className="w-40 shrink-0" />
        <span className={clsx('w-20 shrink-0 truncate text-secondary', text)}>{word}</span>
        <span aria-hidden className="relative h-4 min-w-10 flex-1 rounded-sm bg-surface-0">
          <Stretch bar={bar} className={clsx('top-0.5', fill)} />
          {undo === null ? null : <Stretch bar={undo} className="bottom-0.5 bg-high" />}
        </span>
        <span className="w-20 shrink-0 text-right text-secondary text-muted">{duration}</span>
      </button>
      {open ? <JobEntryDetail entry={entry} retryRefusal={retryRefusal} onRetry={() => onRetry(entry.key)} /> : null}
    </li>
  )
}

type JobTimelineProps = {
  readonly job: JobDetail
  readonly retryRefusal: string | undefined
  readonly onRetry: (key: string) => void
}

/** Every step and wait of a job in the order they began, each a bar on one time axis; below it, that of its undoing. */
export function JobTimeline({ job, retryRefusal, onRetry }: JobTimelineProps) {
  const live = job.endedAt === null && (job.state === 'running' || job.waits.length > 0)
  const now = useClock((present) => (live ? present : 0))
  if (job.timeline.length === 0) return <p className="text-muted">No step is recorded yet.</p>
  const end = live ? now : Date.parse(job.updatedAt)
  const { from, to, lines } = timelineOf(job, end)
  return (
    <>
      <div className="flex justify-between gap-2 pb-1 text-secondary text-muted">
        <Timestamp at={from} />
        <span>{formatDuration((to - from) / 1_000)}</span>
        <Timestamp at={to} />
      </div>
      <ol aria-label="Timeline">
        {lines.map((line) => (
          <Line key={line.entry.key} line={line} live={live} retryRefusal={retryRefusal} onRetry={onRetry} />
        ))}
      </ol>
    </>
  )
}
