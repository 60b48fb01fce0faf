import { CircleCheck, CircleHelp, Flame, Hourglass, type LucideIcon } from 'lucide-react'
import type { EmbeddedRule } from '#preload/observability/metrics.ts'

const looks: Readonly<Record<EmbeddedRule['state'], { readonly icon: LucideIcon; readonly color: string }>> = {
  firing: { icon: Flame, color: 'text-high' },
  pending: { icon: Hourglass, color: 'text-warning' },
  unknown: { icon: CircleHelp, color: 'text-muted' },
  inactive: { icon: CircleCheck, color: 'text-ok' },
}

/** Worst first, for sorting. */
export const ruleStateRank = (state: EmbeddedRule['state']): number => Object.keys(looks).indexOf(state)

export function RuleState({ state }: { readonly state: EmbeddedRule['state'] }) {
  const { icon: Icon, color } = looks[state]
  return (
    <span className={`inline-flex items-center gap-1.5 align-top whitespace-nowrap ${color}`}>
      <Icon aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
      {state}
    </span>
  )
}
