import { AppError } from '#preload/contract/error.ts'
import { signInFirst } from '../proving.ts'
import { type AccessHandlers, liveOf, mayCall, type Ports, requireAllowed } from './ports.ts'

type Names =
  | 'beginTotp'
  | 'confirmTotp'
  | 'beginPasskey'
  | 'confirmPasskey'
  | 'factors'
  | 'removeFactor'
  | 'renewRecoveryCodes'
  | 'devices'
  | 'enrolDevice'
  | 'revokeDevice'

const noFactors = { totp: false, passkeys: [], recoveryCodesLeft: 0 }

export function factorHandlers(ports: Ports): Pick<AccessHandlers, Names> {
  const { access } = ports
  const { sessions, factors, devices, proving, identities, changes } = access

  /** A first factor lets in who had to have one. */
  const enrolled = async (session: string): Promise<void> => {
    const live = sessions.find(session)
    if (live) await sessions.prove(live)
    changes.tell('identities')
  }
  const accountOf = async (identity: string): Promise<string> => {
    const known = await identities.find(identity)
    return known?.email ?? known?.login ?? known?.name ?? identity
  }

  return {
    async beginTotp(_, { caller }) {
      const live = liveOf(ports, caller)
      return factors.beginTotp(live.id, await accountOf(await proving.enroller(live)))
    },
    async confirmTotp({ code }, { caller, record }) {
      const live = liveOf(ports, caller)
      const identity = await proving.enroller(live)
      const codes = await factors.confirmTotp(live.id, identity, code)
      record({ targets: [identity], after: { enrolled: 'totp' } })
      await enrolled(live.id)
      return { codes: [...codes] }
    },
    async beginPasskey(_, { caller }) {
      const live = liveOf(ports, caller)
      const id = await proving.enroller(live)
      const name = await accountOf(id)
      return {
        options: await factors.beginPasskey(live.id, { id, name, displayName: caller.name || name }, live.origin),
      }
    },
    async confirmPasskey({ name, response }, { caller, record }) {
      const live = liveOf(ports, caller)
      const identity = await proving.enroller(live)
      const codes = await factors.confirmPasskey(live.id, identity, name, response)
      record({ targets: [identity], after: { enrolled: 'passkey', name } })
      await enrolled(live.id)
      return { codes: [...codes] }
    },

    factors: (_, { caller }) => {
      if (caller.id === '') throw signInFirst()
      return caller.personal ? noFactors : factors.shown(caller.id)
    },
    async removeFactor({ kind, id }, { caller, record }) {
      const { totp, passkeys } = await factors.shown(caller.id)
      const isLast = passkeys.length + (totp ? 1 : 0) === 1
      if (isLast && access.settings().secondFactorRequired)
        throw new AppError('conflict', 'Everybody here must have a second factor, and this is your last.', {
          hint: 'Enrol another one first.',
        })
      const left = await factors.remove(caller.id, kind, id)
      record({ targets: [caller.id], before: { factor: kind, id: id ?? null }, after: { removed: true } })
      changes.tell('identities')
      return left
    },
    async renewRecoveryCodes(_, { caller, record }) {
      if (!(await factors.has(caller.id)))
        throw new AppError('conflict', 'You have no second factor that they could stand in for.', {
          hint: 'Enrol an authenticator app or a passkey first.',
        })
      const codes = await factors.renewCodes(caller.id)
      record({ targets: [caller.id], after: { renewed: 'recovery codes' } })
      return { codes: [...codes] }
    },

    devices: ({ identity }, { caller }) => {
      if (identity === caller.id) return devices.list(caller.id)
      if (identity === undefined && !mayCall(ports, caller, 'access.identities')) return devices.list(caller.id)
      requireAllowed(ports, caller, 'access.identities')
      return devices.list(identity ?? null)
    },
    async enrolDevice(input, { caller, correlationId, record }) {
      const device = await devices.enrol(caller.id, input, correlationId)
      const { id, name, publicKey, enrolledAt } = device
      record({ targets: [id, caller.id], after: { id, identity: caller.id, name, publicKey, enrolledAt } })
      return device
    },
    async revokeDevice({ id, reason, lostAt }, { caller, record }) {
      const before = await devices.find(id)
      if (before.identity !== caller.id) requireAllowed(ports, caller, 'access.setIdentity')
      const device = await devices.revoke(before, reason, lostAt)
      record({
        targets: [id, device.identity],
        before: { revokedAt: before.revokedAt },
        after: { revokedAt: device.revokedAt, reason },
      })
      return device
    },
  }
}
