import { formatDuration } from './format.ts'

export type ProgressLineProps = {
  readonly label: string
  readonly done: number
  readonly total: number
  /** Epoch milliseconds; with it, how long it will still take is estimated. */
  readonly startedAt?: number | undefined
}

/** Seconds that are left at the pace so far; null while there is nothing to tell it by. */
export function secondsLeft(done: number, total: number, elapsedMs: number): number | null {
  if (done <= 0 || total <= done || elapsedMs < 500) return null
  return ((elapsedMs / done) * (total - done)) / 1000
}

/** How far something long has come, with an estimate. The numbers themselves stand beside it, in the words of the screen. */
export function ProgressLine({ label, done, total, startedAt }: ProgressLineProps) {
  const left = startedAt === undefined ? null : secondsLeft(done, total, Date.now() - startedAt)
  const ratio = total <= 0 ? 0 : Math.min(1, done / total)
  return (
    <span className="inline-flex items-center gap-2">
      <span
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        className="block h-1.5 w-28 overflow-hidden rounded-full bg-pressed"
      >
        <span className="block h-full bg-accent" style={{ width: `${ratio * 100}%` }} />
      </span>
      {left === null ? null : <span className="text-muted">about {formatDuration(left)} left</span>}
    </span>
  )
}
