import { Lock, Snowflake } from 'lucide-react'
import type { Environment } from '#preload/deployment/environments.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'

const row = 'inline-flex max-w-full min-w-0 items-center gap-1.5 align-top whitespace-nowrap'

/** That nothing may be rolled out there, with the reason; nothing while it may. */
export function LockMark({ lock }: Pick<Environment, 'lock'>) {
  if (lock === null) return null
  return (
    <span className={`${row} text-warning`}>
      <Lock aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
      <span className="truncate">
        locked: <SafeText text={lock.reason} oneLine />
      </span>
    </span>
  )
}

/** The freeze that holds now, else when the next one begins. */
export function FreezeMark({ frozen, nextFreeze }: Pick<Environment, 'frozen' | 'nextFreeze'>) {
  if (frozen !== null)
    return (
      <span className={`${row} text-accent`}>
        <Snowflake aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
        <span className="truncate">
          frozen: <SafeText text={frozen.summary} oneLine />
        </span>
      </span>
    )
  if (nextFreeze === null) return <span className="text-muted">none</span>
  return (
    <span className={`${row} text-muted`}>
      <span className="truncate">
        <SafeText text={nextFreeze.summary} oneLine /> <RelativeTime at={nextFreeze.from} />
      </span>
    </span>
  )
}
