import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { AppError } from '#preload/contract/error.ts'

/** Asymmetric ones only: with `none` or a shared secret anybody, or this machine, could have signed. */
export const acceptedAlgorithms: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

export const skewSeconds = 60

export type IdTokenClaims = JWTPayload & { readonly iss: string; readonly sub: string; readonly iat: number }

type Expected = {
  readonly issuer: string
  readonly clientId: string
  /** Null where the flow has none (device, refresh). */
  readonly nonce: string | null
  /** Seconds since the person last proved who they are, at most; null for any. */
  readonly maxAge: number | null
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * Verifies signature and claims of an ID token (OpenID Connect Core 1.0, §3.1.3.7) with at most a minute of clock
 * skew. Throws errors of jose, and `unauthenticated` for what jose does not check.
 */
export async function verifyIdToken(token: string, key: JWTVerifyGetKey, expected: Expected): Promise<IdTokenClaims> {
  const { payload } = await jwtVerify(token, key, {
    algorithms: [...acceptedAlgorithms],
    issuer: expected.issuer,
    audience: expected.clientId,
    requiredClaims: ['sub', 'iat', 'exp'],
    clockTolerance: skewSeconds,
    currentDate: new Date(expected.now),
  })
  const { iss = '', sub = '', iat = 0, azp, aud, nonce, auth_time: authTime } = payload
  const now = expected.now / 1000
  if (sub === '' || sub.length > 255) throw refused('does not say who signed in')
  if (iat > now + skewSeconds) throw refused('was issued in the future', 'Compare the clocks of both machines.')
  if (azp !== undefined && azp !== expected.clientId) throw foreign('azp', azp)
  if (Array.isArray(aud) && aud.length > 1 && azp === undefined) throw foreign('aud', aud.join(', '))
  if (nonce !== (expected.nonce ?? nonce)) throw refused('answers another sign-in (nonce)', 'Begin again.')
  if (expected.maxAge !== null && !(typeof authTime === 'number' && authTime + expected.maxAge >= now - skewSeconds))
    throw refused('does not prove a recent enough sign-in (auth_time)', 'Sign in at the provider again.')
  return { ...payload, iss, sub, iat }
}

const refused = (why: string, hint = 'Tell the owner of the identity provider.'): AppError =>
  new AppError('unauthenticated', `The ID token of the identity provider ${why}.`, { hint })

const foreign = (claim: string, value: unknown): AppError =>
  refused(`was made for another application (${claim} ${String(value).slice(0, 80)})`, 'Check the client id.')
