import { Ban, CircleCheck, CircleX, type LucideIcon, Pause, Play, Undo2 } from 'lucide-react'
import type { RolloutState } from '#preload/deployment/rollouts.ts'

const marks: Readonly<Record<RolloutState, { word: string; icon: LucideIcon; color: string }>> = {
  running: { word: 'Running', icon: Play, color: 'text-accent' },
  paused: { word: 'Waits', icon: Pause, color: 'text-warning' },
  'rolling-back': { word: 'Going back', icon: Undo2, color: 'text-high' },
  succeeded: { word: 'Succeeded', icon: CircleCheck, color: 'text-ok' },
  'rolled-back': { word: 'Rolled back', icon: Undo2, color: 'text-high' },
  failed: { word: 'Failed', icon: CircleX, color: 'text-critical' },
  cancelled: { word: 'Cancelled', icon: Ban, color: 'text-muted' },
}

export const rolloutWord = (state: RolloutState): string => marks[state].word

/** The state of a rollout by shape, word and colour. */
export function RolloutMark({ state }: { readonly state: RolloutState }) {
  const { word, icon: Icon, color } = marks[state]
  return (
    <span className={`inline-flex items-center gap-1 align-top whitespace-nowrap ${color}`}>
      <Icon aria-hidden size={13} className="shrink-0" />
      {word}
    </span>
  )
}
