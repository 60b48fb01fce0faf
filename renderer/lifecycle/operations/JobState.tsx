import { CircleCheck, CircleX, Hourglass, LoaderCircle, type LucideIcon, Slash } from 'lucide-react'
import type { Job } from '#preload/lifecycle/operations.ts'

const looks: Readonly<Record<Job['state'], { readonly icon: LucideIcon; readonly color: string }>> = {
  running: { icon: LoaderCircle, color: 'text-accent' },
  failed: { icon: CircleX, color: 'text-high' },
  waiting: { icon: Hourglass, color: 'text-muted' },
  succeeded: { icon: CircleCheck, color: 'text-ok' },
  cancelled: { icon: Slash, color: 'text-muted' },
}

/** What is under way first, for sorting. */
export const jobStateRank = (state: Job['state']): number => Object.keys(looks).indexOf(state)

export function JobState({ state }: { readonly state: Job['state'] }) {
  const { icon: Icon, color } = looks[state]
  return (
    <span className={`inline-flex items-center gap-1.5 align-top whitespace-nowrap ${color}`}>
      <Icon aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
      {state}
    </span>
  )
}
