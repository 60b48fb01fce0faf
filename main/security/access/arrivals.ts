import type { ExternalIdentity } from '#main/engines/identity/identity.ts'
import type { OidcTokens } from '#main/engines/oidc/oidc.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AccessSettings } from '#preload/security/access.ts'
import type { Factors } from './factors.ts'
import type { Identities } from './identities.ts'
import { hashOfKey, type Live, newKey } from './live.ts'
import type { Sessions } from './sessions.ts'

type Ports = {
  readonly identities: Identities
  readonly factors: Factors
  readonly sessions: Sessions
  readonly settings: () => AccessSettings
  readonly vault: Vault
  readonly clock: Clock
}

/** What a provider vouches for, and which provider. */
export type Vouched = {
  readonly external: ExternalIdentity
  readonly provider: string
  /** What they typed at a directory. */
  readonly login: string | null
  readonly tokens: OidcTokens | null
}

export type Arrived = {
  readonly identity: string
  readonly name: string
  readonly secondFactorNeeded: boolean
  readonly exchange: string | null
}

const exchangeMs = 60_000
/** How far the clocks of a provider and this machine may differ. */
const skewMs = 60_000

export const tokensId = (session: string): string => `access/session/${session}`

/** What happens once somebody is vouched for: who they are here, what they may, and whether a second factor is due. */
export function createArrivals({ identities, factors, sessions, settings, vault, clock }: Ports) {
  const exchanges = new Map<string, { readonly from: string; readonly key: string }>()

  /** A code that turns the browser that signed in, and no other, into the new session. */
  const newExchange = (from: Live, key: string): string => {
    const code = newKey()
    exchanges.set(code, { from: from.keyHash, key })
    setTimeout(() => exchanges.delete(code), exchangeMs).unref()
    return code
  }

  const admitted = async ({ external, provider, login }: Vouched) => {
    const identity = await identities.arrived(external, provider, login)
    if (identity.disabled)
      throw new AppError('forbidden', 'You were disabled here.', { hint: 'Ask an administrator to enable you again.' })
    const owner = await identities.owner(identity.id)
    if (owner && owner.roles.length > 0) return owner
    throw new AppError('forbidden', 'You are known, but nothing says what you may do here.', {
      hint: 'Ask an administrator to give you a role, or your groups one.',
    })
  }

  /** Who is signed in already proves that it is them; being somebody else takes signing out first. */
  const proveAgain = async (live: Live, { external }: Vouched, since: number): Promise<Arrived> => {
    const { provider: kind, issuer, subject } = external
    const own = live.owner ? await identities.find(live.owner.id) : null
    if (!own || own.kind !== kind || own.issuer !== issuer || own.subject !== subject)
      throw new AppError('forbidden', 'You signed in as somebody else than who this session belongs to.', {
        hint: 'Sign out first.',
      })
    if (external.authenticatedAt < since - skewMs)
      throw new AppError('unauthenticated', 'The identity provider did not ask you again.', {
        hint: 'Use another proof, or sign out there and try again.',
      })
    await sessions.prove(live)
    return { identity: own.id, name: own.name, secondFactorNeeded: false, exchange: null }
  }

  const keepTokens = async (session: string, tokens: OidcTokens | null): Promise<void> => {
    if (!tokens) return
    // Only for signing out at the provider; a locked vault must not keep anybody from signing in.
    await vault.put(tokensId(session), JSON.stringify(tokens)).catch(() => {})
  }

  return {
    /** @param since when the sign-in was begun. */
    async arrive(live: Live, vouched: Vouched, since: number): Promise<Arrived> {
      const state = sessions.state(live)
      if (live.owner !== null && (state === 'signed-in' || state === 'locked')) return proveAgain(live, vouched, since)
      if (!settings().signInRequired)
        throw new AppError('conflict', 'This workspace asks nobody to sign in.', {
          hint: 'An administrator can turn that on in its settings.',
        })
      const { external, provider, tokens } = vouched
      const owner = await admitted(vouched)
      const due = settings().secondFactorRequired || (await factors.has(owner.id))
      const arrival = { owner, provider, secondFactorDone: external.secondFactor || !due }
      const told = { identity: owner.id, name: owner.name, secondFactorNeeded: !arrival.secondFactorDone }
      if (live.via !== 'browser') {
        await sessions.arrive(live, arrival)
        await keepTokens(live.id, tokens)
        return { ...told, exchange: null }
      }
      const { key, session } = await sessions.arriveElsewhere(live, arrival)
      await keepTokens(session, tokens)
      return { ...told, exchange: newExchange(live, key) }
    },

    /** @returns the key of the new session, once, to the way in that signed in. */
    exchange(code: string, from: string): string | null {
      const found = exchanges.get(code)
      if (!found || found.from !== hashOfKey(from)) return null
      exchanges.delete(code)
      return found.key
    },

    now: (): number => clock.now(),
  }
}

export type Arrivals = ReturnType<typeof createArrivals>
