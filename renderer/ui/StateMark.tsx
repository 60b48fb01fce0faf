import { clsx } from 'clsx'
import { BellOff, CheckCheck, CircleCheck, Flame, Hourglass, type LucideIcon, Split } from 'lucide-react'

export type AlertState = 'firing' | 'pending' | 'acknowledged' | 'silenced' | 'inhibited' | 'resolved'

// No state is red: red is the severity's word for critical.
const states: Readonly<Record<AlertState, { readonly icon: LucideIcon; readonly color: string }>> = {
  firing: { icon: Flame, color: 'text-fg' },
  pending: { icon: Hourglass, color: 'text-warning' },
  acknowledged: { icon: CheckCheck, color: 'text-accent' },
  silenced: { icon: BellOff, color: 'text-muted' },
  inhibited: { icon: Split, color: 'text-muted' },
  resolved: { icon: CircleCheck, color: 'text-ok' },
}

export type StateMarkProps = { readonly state: AlertState; readonly compact?: boolean | undefined }

export function StateMark({ state, compact = false }: StateMarkProps) {
  const { icon: Icon, color } = states[state]
  return (
    <span
      title={compact ? state : undefined}
      className={clsx('inline-flex max-w-full min-w-0 items-center gap-1.5 align-top whitespace-nowrap', color)}
    >
      <Icon aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
      <span className={compact ? 'sr-only' : 'truncate'}>{state}</span>
    </span>
  )
}
