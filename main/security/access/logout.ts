import type { Log } from '#main/kernel/log/log.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { tokensId } from './arrivals.ts'
import type { Live } from './live.ts'
import type { Providers } from './providers.ts'
import { keptTokens } from './renewal.ts'

type Ports = { readonly providers: Providers; readonly vault: Vault; readonly log: Log }

/** A provider that does not answer must not keep anybody from signing out here. */
const waitsMs = 3_000

/** Ends a session at the provider as well (OpenID Connect RP-Initiated Logout 1.0, RFC 7009), where it can be. */
export function createLogout({ providers, vault, log }: Ports) {
  const kept = async (session: string) => {
    const text = await vault.open(tokensId(session)).catch(() => null)
    return text === null ? null : keptTokens.parse(JSON.parse(text))
  }

  /** @returns where to send the browser; null where there is nothing to end there. */
  return async (live: Live): Promise<string | null> => {
    const provider = live.provider
    const held = await kept(live.id)
    if (!held || provider === null) return null
    const signal = AbortSignal.timeout(waitsMs)
    try {
      const oidc = await providers.oidc(provider)
      if (held.refreshToken !== null) await oidc.revoke(held.refreshToken, { signal })
      return await oidc.logoutUrl(held.idToken, `${live.origin ?? 'http://127.0.0.1'}/`, { signal })
    } catch (error) {
      log.info('not signed out at the provider', { error })
      return null
    }
  }
}
