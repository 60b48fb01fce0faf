import { CircleCheck, CircleSlash, LockKeyhole, type LucideIcon } from 'lucide-react'
import type { Identity } from '#preload/security/access.ts'
import { useClock } from '#renderer/ui/clock.ts'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { type PersonState, stateOf } from './person.ts'

const looks: Readonly<
  Record<PersonState, { readonly icon: LucideIcon; readonly color: string; readonly word: string }>
> = {
  active: { icon: CircleCheck, color: 'text-ok', word: 'active' },
  disabled: { icon: CircleSlash, color: 'text-muted', word: 'disabled' },
  locked: { icon: LockKeyhole, color: 'text-warning', word: 'locked' },
}

/** Active, disabled, or locked and for how long. */
export function PersonMark({ person }: { readonly person: Pick<Identity, 'disabled' | 'lockedUntil'> }) {
  const state = useClock((now) => stateOf(person, now))
  const { icon: Icon, color, word } = looks[state]
  return (
    <span className={`inline-flex items-center gap-1.5 align-top ${color}`}>
      <Icon aria-hidden size={13} className="shrink-0" />
      {word}
      {state === 'locked' && person.lockedUntil !== null ? <RelativeTime at={person.lockedUntil} /> : null}
    </span>
  )
}
