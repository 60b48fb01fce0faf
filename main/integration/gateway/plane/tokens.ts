import { createHash } from 'node:crypto'
import { createLocalJWKSet, createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { ConsumerConfig, JwtProviderConfig, PlaneConfig } from './config.ts'

/** Asymmetric ones alone: with a shared key, whoever can verify can forge. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const tokensKnown = 10_000
const knownMs = 60_000
const toleratedSeconds = 30

type Verified = { readonly consumer: string | null; readonly subject: string }
type Answer = Verified | { readonly wrong: string } | null

/** Verifies bearer tokens (RFC 7519) and remembers, for a minute and never past their end, which were good. */
export function createTokens({ jwtProviders, consumers }: Pick<PlaneConfig, 'consumers' | 'jwtProviders'>) {
  const providers = new Map(jwtProviders.map((provider) => [provider.name, { provider, keys: keysOf(provider) }]))
  const good = new Map<string, Verified & { readonly until: number }>()
  const verify = async (name: string, token: string, digest: string): Promise<Answer> => {
    const entry = providers.get(name)
    if (!entry) return { wrong: 'unknown issuer' }
    const { issuer, audiences } = entry.provider
    try {
      const { payload } = await jwtVerify(token, entry.keys, {
        issuer,
        algorithms,
        clockTolerance: toleratedSeconds,
        ...(audiences.length === 0 ? {} : { audience: [...audiences] }),
      })
      const verified = { consumer: consumerOf(consumers, name, payload), subject: `${name}\n${payload.sub ?? ''}` }
      if (good.size >= tokensKnown) good.clear()
      good.set(digest, {
        ...verified,
        until: Math.min(Date.now() + knownMs, (payload.exp ?? Number.POSITIVE_INFINITY) * 1_000),
      })
      return verified
    } catch (error) {
      return {
        wrong: `token not accepted (${error instanceof Error && 'code' in error ? error.code : 'unverifiable'})`,
      }
    }
  }
  return (name: string, authorization: string): Answer | Promise<Answer> => {
    if (!/^bearer /i.test(authorization)) return null
    const token = authorization.slice(7).trim()
    const digest = createHash('sha256').update(`${name}\n${token}`).digest('base64')
    const known = good.get(digest)
    return known && known.until > Date.now() ? known : verify(name, token, digest)
  }
}

function keysOf({ jwks, jwksUri, name }: JwtProviderConfig): JWTVerifyGetKey {
  if (jwksUri !== undefined) return createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: 5_000 })
  if (jwks === undefined) throw new Error(`The JWT provider ${name} has no keys.`)
  return createLocalJWKSet({ keys: jwks.keys.map((key) => ({ ...key, kty: String(key.kty) })) })
}

function consumerOf(consumers: readonly ConsumerConfig[], provider: string, payload: JWTPayload): string | null {
  const found = consumers.find(({ jwtClaims }) =>
    jwtClaims.some((claim) => claim.provider === provider && payload[claim.claim] === claim.value),
  )
  return found?.name ?? null
}
