import type { Clock } from '#main/kernel/clock.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AccessSettings, Me, Proof } from '#preload/security/access.ts'
import type { Factors } from './factors.ts'
import type { Identities } from './identities.ts'
import type { Live } from './live.ts'
import type { Providers } from './providers.ts'
import type { Sessions } from './sessions.ts'
import { subjectOf, type Throttle } from './throttle.ts'

type Ports = {
  readonly sessions: Sessions
  readonly factors: Factors
  readonly identities: Identities
  readonly providers: Providers
  readonly throttle: Throttle
  readonly vault: Vault
  readonly clock: Clock
  readonly settings: () => AccessSettings
}

export const signInFirst = (): AppError =>
  new AppError('unauthenticated', 'You are not signed in.', { hint: 'Sign in first.' })

/** How people prove that it is them: the second step of signing in, unlocking, and before dangerous acts. */
export function createProving(ports: Ports) {
  const { sessions, factors, identities, providers, throttle, vault, clock, settings } = ports

  const provePassword = async (identityId: string, password: string, signal: AbortSignal): Promise<void> => {
    const identity = await identities.find(identityId)
    if (identity?.kind !== 'ldap' || identity.provider === null || identity.login === null) throw notYours()
    const external = await (await providers.ldap(identity.provider)).signIn(identity.login, password, { signal })
    if (external.issuer !== identity.issuer || external.subject !== identity.subject) throw notYours()
  }

  const check = async (live: Live, identity: string, proof: Proof, signal: AbortSignal): Promise<void> => {
    const isSecondStep = sessions.state(live) === 'second-factor'
    if (proof.kind === 'totp') return factors.proveTotp(identity, proof.code)
    if (proof.kind === 'recovery-code') return factors.proveRecoveryCode(identity, proof.code)
    if (proof.kind === 'passkey') return factors.provePasskey(live.id, identity, proof.response)
    if (proof.kind === 'password' && !isSecondStep) return provePassword(identity, proof.password, signal)
    throw notYours()
  }

  const isFresh = (live: Live): boolean =>
    live.provenAt !== null && clock.now() - live.provenAt < settings().stepUpMinutes * 60_000

  return {
    /** @throws AppError `unauthenticated` for a wrong proof, `throttled` after too many. */
    async prove(live: Live, proof: Proof, signal: AbortSignal): Promise<void> {
      const source = live.source
      if (sessions.isPersonal(live)) {
        if (proof.kind !== 'passphrase') throw notYours()
        const who = subjectOf('identity', sessions.callerOf(live).id)
        await throttle.attempt({ who, source }, () => vault.unlock(proof.passphrase))
      } else {
        const { owner } = live
        if (owner === null || sessions.state(live) === 'signed-out') throw signInFirst()
        await throttle.attempt({ who: subjectOf('identity', owner.id), source }, () =>
          check(live, owner.id, proof, signal),
        )
      }
      await sessions.prove(live)
    },

    /** What can be proven with now, besides what is not there. */
    async proofs(live: Live): Promise<Me['proofs']> {
      if (sessions.isPersonal(live)) {
        const { by } = await vault.status()
        return by === 'passphrase' ? ['passphrase'] : []
      }
      if (live.owner === null) return []
      const { totp, passkeys, recoveryCodesLeft } = await factors.known(live.owner.id)
      const own: Me['proofs'] = [
        ...(totp ? (['totp'] as const) : []),
        ...(passkeys.length > 0 ? (['passkey'] as const) : []),
        ...(recoveryCodesLeft > 0 ? (['recovery-code'] as const) : []),
      ]
      if (sessions.state(live) === 'second-factor') return own
      return [...own, live.owner.kind === 'ldap' ? 'password' : 'sign-in']
    },

    /**
     * Whose factors this session may add to. Who must have one and has none may enrol before they are let in, and only
     * then; who has one proves it is them first, so that a session left open cannot be given another key.
     */
    async enroller(live: Live): Promise<string> {
      const state = sessions.state(live)
      if (sessions.isPersonal(live))
        throw new AppError('unsupported', 'A personal workspace asks for no second factor.', {
          hint: 'Have people sign in first.',
        })
      if (live.owner === null || state === 'signed-out') throw signInFirst()
      const has = await factors.has(live.owner.id)
      if (state === 'second-factor' && has)
        throw new AppError('unauthenticated', 'You have a second factor.', { hint: 'Prove it to finish signing in.' })
      if (state === 'locked') throw new AppError('unauthenticated', 'This session is locked.', { hint: 'Unlock it.' })
      if (state === 'signed-in' && has && !isFresh(live))
        throw new AppError('step_up', 'Prove that it is you before you add another factor.', {
          hint: 'Then try again.',
        })
      return live.owner.id
    },

    isFresh,
  }
}

const notYours = (): AppError =>
  new AppError('unauthenticated', 'This does not prove that it is you.', {
    hint: 'Use one of the ways you are offered.',
  })
