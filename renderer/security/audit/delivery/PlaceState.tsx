import { CircleCheck, CirclePause, CircleX, type LucideIcon, RefreshCw } from 'lucide-react'
import type { PlaceState } from './place.ts'

const looks: Readonly<Record<PlaceState, { readonly icon: LucideIcon; readonly color: string }>> = {
  off: { icon: CirclePause, color: 'text-muted' },
  failing: { icon: CircleX, color: 'text-critical' },
  'catching up': { icon: RefreshCw, color: 'text-accent' },
  'up to date': { icon: CircleCheck, color: 'text-ok' },
}

export function PlaceStateMark({ state }: { readonly state: PlaceState }) {
  const { icon: Icon, color } = looks[state]
  return (
    <span className={`inline-flex items-center gap-1.5 align-top whitespace-nowrap ${color}`}>
      <Icon aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
      {state}
    </span>
  )
}
