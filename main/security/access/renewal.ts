import { z } from 'zod'
import type { Clock } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import { tokensId } from './arrivals.ts'
import type { Identities } from './identities.ts'
import type { Live } from './live.ts'
import type { Providers } from './providers.ts'
import type { Sessions } from './sessions.ts'

type Ports = {
  readonly sessions: Sessions
  readonly identities: Identities
  readonly providers: Providers
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
}

/** What a session keeps of its provider: to renew it, and to sign out there. */
export const keptTokens = z.object({ idToken: z.string(), refreshToken: z.string().nullable(), expiresAt: z.number() })

const everyMs = 60_000
const atLeastMs = 5 * 60_000

/**
 * Asks OpenID providers again while people are signed in: whoever was disabled there, or left a group, is so here within
 * minutes, not hours. A provider that cannot be reached changes nothing.
 */
export function createRenewal({ sessions, identities, providers, vault, clock, log }: Ports) {
  const renewedAt = new Map<string, number>()

  const renew = async (live: Live): Promise<void> => {
    const { id, owner, provider } = live
    if (owner?.kind !== 'oidc' || provider === null) return
    const kept = await vault.open(tokensId(id)).catch(() => null)
    const tokens = kept === null ? null : keptTokens.parse(JSON.parse(kept))
    if (tokens === null || tokens.refreshToken === null) return
    const due = Math.max(tokens.expiresAt, (renewedAt.get(id) ?? live.createdAt) + atLeastMs)
    if (clock.now() < due) return
    renewedAt.set(id, clock.now())
    const identity = await identities.find(owner.id)
    if (!identity) return
    const oidc = await providers.oidc(provider)
    const { identity: told, tokens: fresh } = await oidc.refresh(tokens.refreshToken, { subject: identity.subject })
    // The provider may have made the old refresh token worthless, so the new one is kept before anything else.
    await vault.put(tokensId(id), JSON.stringify({ ...fresh, idToken: fresh.idToken ?? tokens.idToken }))
    if (told === null) return
    await identities.arrived(told, provider, identity.login)
    await sessions.refresh(owner.id)
  }

  const renewOrEnd = async (live: Live): Promise<void> => {
    try {
      await renew(live)
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'unauthenticated') {
        log.info('session not renewed', { error: thrown })
        return
      }
      log.info('session ended by its provider', { session: live.id })
      sessions.end(live)
    }
  }

  let under: Promise<void> = Promise.resolve()
  const renewAll = (): Promise<void> => {
    under = under.then(async () => {
      const ids = new Set<string>()
      for (const live of sessions.all()) {
        ids.add(live.id)
        if (live.held) await renewOrEnd(live)
      }
      for (const id of renewedAt.keys()) if (!ids.has(id)) renewedAt.delete(id)
    })
    return under
  }
  const timer = setInterval(() => void renewAll(), everyMs)
  timer.unref()

  return {
    renewAll,
    async close(): Promise<void> {
      clearInterval(timer)
      await under
    },
  }
}
