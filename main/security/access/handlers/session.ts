import type { Caller } from '#main/kernel/access/caller.ts'
import type { Verdict } from '#main/kernel/access/policy.ts'
import { iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Me, Session } from '#preload/security/access.ts'
import type { Live } from '../live.ts'
import { type AccessHandlers, liveOf, mayCall, type Ports, requireAllowed } from './ports.ts'

type Names = 'me' | 'verdicts' | 'active' | 'lock' | 'breakGlass' | 'sessions' | 'endSession' | 'watch'

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

/** Who somebody is and what they may, as they see it themselves. */
export async function meOf({ access }: Ports, caller: Caller, exchange: string | null = null): Promise<Me> {
  const { sessions, proving, settings } = access
  const live = sessions.find(caller.session)
  return {
    state: caller.state,
    signInRequired: settings().signInRequired,
    id: caller.id === '' ? null : caller.id,
    name: caller.name,
    email: caller.id === '' ? null : (live?.owner?.email ?? null),
    roles: [...caller.roles],
    groups: [...caller.groups],
    via: caller.via,
    session: caller.session,
    proofs: live ? await proving.proofs(live) : [],
    provenAt: isoOrNull(caller.provenAt),
    locksAt: live && isoOrNull(sessions.locksAt(live)),
    endsAt: live && isoOrNull(sessions.endsAt(live)),
    elevatedUntil: live && isoOrNull(live.elevatedUntil),
    exchange,
  }
}

const needs = { step_up: 'step_up', approval_required: 'approval_required', unauthenticated: 'sign_in' } as const

function shownVerdict(verdict: Verdict | null) {
  if (!verdict) return { allowed: false, reason: 'There is no such operation.', needs: null, policy: null }
  const policy = verdict.policies[0] ?? null
  if (verdict.allowed) return { allowed: true, reason: null, needs: null, policy }
  const needed = verdict.code === 'forbidden' ? null : needs[verdict.code]
  return { allowed: false, reason: `${verdict.reason} ${verdict.hint}`, needs: needed, policy }
}

export function sessionHandlers(ports: Ports): Pick<AccessHandlers, Names> {
  const { access, judge, notice } = ports
  const { sessions, proving, changes } = access

  const shown = (live: Live, own: Live): Session => {
    const { id, name } = sessions.callerOf(live)
    return {
      id: live.id,
      identity: id,
      name,
      via: live.via,
      source: live.source,
      createdAt: iso(live.createdAt),
      lastSeenAt: iso(live.lastSeenAt),
      endsAt: isoOrNull(sessions.endsAt(live)),
      own: live === own,
    }
  }

  return {
    me: (_, { caller }) => meOf(ports, caller),
    verdicts: ({ operations, environment }, { caller }) =>
      Object.fromEntries(operations.map((name) => [name, shownVerdict(judge(caller, name, environment ?? null))])),
    active: (_, { caller }) => {
      const live = liveOf(ports, caller)
      sessions.touch(live)
      return { locksAt: isoOrNull(sessions.locksAt(live)) }
    },

    async lock(_, { caller, record }) {
      const live = liveOf(ports, caller)
      if ((await proving.proofs(live)).length === 0)
        throw new AppError('unsupported', 'There is nothing here that could unlock this session again.', {
          hint: 'Lock the screen of this machine instead.',
        })
      await sessions.lock(live)
      record({ targets: [live.id], after: { state: 'locked' } })
      return meOf(ports, sessions.callerOf(live))
    },

    async breakGlass({ reason, minutes }, { caller, record }) {
      const live = liveOf(ports, caller)
      if (live.owner === null) throw new AppError('conflict', 'You are an administrator here already.')
      const until = access.arrivals.now() + minutes * 60_000
      await sessions.elevate(live, until)
      record({ targets: [caller.id, live.id], after: { elevatedUntil: iso(until), reason } })
      notice(`${caller.name} broke the glass: administrator until ${iso(until)}. Reason: ${reason}`)
      return meOf(ports, sessions.callerOf(live))
    },

    sessions: (_, { caller }) => {
      const own = liveOf(ports, caller)
      const all = mayCall(ports, caller, 'access.identities')
      return sessions
        .all()
        .filter((live) => all || sessions.callerOf(live).id === caller.id)
        .map((live) => shown(live, own))
    },

    endSession({ id }, { caller, record }) {
      const live = sessions.find(id)
      if (!live) return { ended: false }
      const owner = sessions.callerOf(live).id
      if (owner !== caller.id) requireAllowed(ports, caller, 'access.setIdentity')
      sessions.end(live)
      record({ targets: [id, owner], after: { ended: true } })
      return { ended: true }
    },

    watch: (_, { caller, signal }) => {
      const live = liveOf(ports, caller)
      const listen = (listener: () => void) => {
        live.listeners.add(listener)
        return () => live.listeners.delete(listener)
      }
      return changes.watch(listen, signal)
    },
  }
}
