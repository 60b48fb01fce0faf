import { clsx } from 'clsx'
import { useClock } from './clock.ts'
import { epochOf, formatRelative, type Instant } from './format.ts'

export type StaleMarkProps = {
  readonly updatedAt: Instant
  /** Seconds after which the mark turns to warning. */
  readonly staleAfter?: number | undefined
}

/** `updated 12 s ago`. */
export function StaleMark({ updatedAt, staleAfter = 60 }: StaleMarkProps) {
  const epoch = epochOf(updatedAt)
  const age = useClock((now) => formatRelative(epoch, now))
  const stale = useClock((now) => now - epoch > staleAfter * 1000)
  return (
    <span className={clsx('text-secondary whitespace-nowrap', stale ? 'text-warning' : 'text-muted')}>
      updated {age === 'now' ? 'just now' : age}
    </span>
  )
}
