import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { CustomFetch } from 'openid-client'
import { z } from 'zod'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'

export type SigningKeys = {
  /** Finds the key of one token; fetches with `fetch` where that is needed. */
  during(jwksUri: string, fetch: CustomFetch): JWTVerifyGetKey
}

const freshMs = 10 * 60_000
/** A stranger who sends tokens with invented key ids must not make us hammer the provider. */
const refetchEveryMs = 10_000

const jwksShape = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) })

type Known = { readonly uri: string; readonly find: JWTVerifyGetKey; readonly at: number }

/**
 * The public keys of a provider (RFC 7517), kept for ten minutes. An unknown key id fetches them again, since the
 * provider may have rotated (OpenID Connect Core 1.0, §10.1.1), but not more often than every ten seconds.
 */
export function createSigningKeys({ monotonic }: Clock): SigningKeys {
  let known: Known | null = null
  let refetchedAt = Number.NEGATIVE_INFINITY

  const load = async (uri: string, fetch: CustomFetch): Promise<Known> => {
    known = { uri, find: createLocalJWKSet(await fetchKeys(uri, fetch)), at: monotonic() }
    return known
  }

  return {
    during: (uri, fetch) => async (header, token) => {
      const fresh = known !== null && known.uri === uri && monotonic() - known.at < freshMs ? known : null
      const current = fresh ?? (await load(uri, fetch))
      try {
        return await current.find(header, token)
      } catch (thrown) {
        const unknownKey = thrown instanceof errors.JWKSNoMatchingKey
        if (!unknownKey || fresh === null || monotonic() - refetchedAt < refetchEveryMs) throw thrown
        refetchedAt = monotonic()
        return (await load(uri, fetch)).find(header, token)
      }
    },
  }
}

async function fetchKeys(uri: string, fetch: CustomFetch): Promise<JSONWebKeySet> {
  const headers = { accept: 'application/json, application/jwk-set+json' }
  const response = await fetch(uri, { method: 'GET', headers, body: null, redirect: 'manual' })
  const parsed = response.status === 200 ? jwksShape.safeParse(await response.json().catch(() => null)) : null
  if (!parsed?.success)
    throw new AppError(
      'unreachable',
      `The identity provider does not show its signing keys (HTTP ${response.status}).`,
      {
        hint: 'Try again; if it stays so, tell the owner of the provider that its JWKS is broken.',
      },
    )
  return parsed.data
}
