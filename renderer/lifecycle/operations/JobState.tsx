import { CircleCheck, CircleX, Hourglass, LoaderCircle, type LucideIcon, Slash, Undo2 } from 'lucide-react'
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

type JobStateProps = Pick<Job, 'state'> & { readonly undoing?: boolean }

export function JobState({ state, undoing = false }: JobStateProps) {
  const { icon, color } = looks[state]
  const Icon = undoing ? Undo2 : icon
  return (
    <span className={`inline-flex items-center gap-1.5 align-top whitespace-nowrap ${undoing ? 'text-high' : color}`}>
      <Icon aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
      {undoing ? 'undoing' : state}
    </span>
  )
}
