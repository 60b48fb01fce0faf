import { Lock, type LucideIcon, Snowflake } from 'lucide-react'
import type { Environment } from '#preload/deployment/environments.ts'
import { epochOf, formatTimestamp } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'

type HoldProps = { readonly icon: LucideIcon; readonly color: string; readonly text: string }

const Hold = ({ icon: Icon, color, text }: HoldProps) => (
  <span className={`inline-flex max-w-full min-w-0 items-center gap-1.5 align-top whitespace-nowrap ${color}`}>
    <Icon aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
    <SafeText text={text} oneLine />
  </span>
)

/** That nothing may be rolled out there, with the reason; nothing while it may. */
export const LockMark = ({ lock }: Pick<Environment, 'lock'>) =>
  lock === null ? null : <Hold icon={Lock} color="text-warning" text={`locked: ${lock.reason}`} />

/** The freeze that holds now, else when the next one begins. */
export function FreezeMark({ frozen, nextFreeze }: Pick<Environment, 'frozen' | 'nextFreeze'>) {
  if (frozen !== null) {
    const until = formatTimestamp(epochOf(frozen.until))
    return <Hold icon={Snowflake} color="text-accent" text={`frozen: ${frozen.summary}, until ${until}`} />
  }
  if (nextFreeze === null) return <span className="text-muted">none</span>
  return (
    <span className="flex min-w-0 gap-1 text-muted">
      <RelativeTime at={nextFreeze.from} className="shrink-0" />
      <SafeText text={nextFreeze.summary} oneLine />
    </span>
  )
}
