import type { AccessSettings, SessionState } from '#preload/security/access.ts'
import type { Role } from '#preload/security/roles.ts'

const minute = 60_000
const hour = 60 * minute
/** For the second step of signing in. */
const secondStepMs = 15 * minute

/** What the rules need to know of a session. Times are milliseconds. */
export type SessionFacts = {
  /** Who they are, as it is known now; null while nobody signed in. */
  readonly identity: { readonly disabled: boolean; readonly roles: readonly Role[] } | null
  /** Whether the provider they came through is still there. */
  readonly providerKnown: boolean
  readonly secondFactorDone: boolean
  readonly locked: boolean
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly endsAt: number | null
}

type Limits = Pick<AccessSettings, 'idleMinutes' | 'absoluteHours'>

/** When a session ends whatever is done: shortening the time for everybody reaches those who are signed in already. */
export const endOf = ({ createdAt, endsAt }: SessionFacts, { absoluteHours }: Limits): number =>
  Math.min(endsAt ?? Number.POSITIVE_INFINITY, createdAt + absoluteHours * hour)

export const lockOf = ({ lastSeenAt }: SessionFacts, { idleMinutes }: Limits): number =>
  lastSeenAt + idleMinutes * minute

/** What a session is at this moment. `signed-out` for good when it ended, or its owner may not be here any more. */
export function stateOf(session: SessionFacts, limits: Limits, now: number): SessionState {
  const { identity } = session
  if (!identity || identity.disabled || identity.roles.length === 0 || !session.providerKnown) return 'signed-out'
  if (now >= endOf(session, limits)) return 'signed-out'
  if (!session.secondFactorDone) return now < session.createdAt + secondStepMs ? 'second-factor' : 'signed-out'
  return session.locked || now >= lockOf(session, limits) ? 'locked' : 'signed-in'
}
