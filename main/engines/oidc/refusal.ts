import { errors } from 'jose'
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { cleanText } from '#main/engines/http/server-text.ts'
import { AppError } from '#preload/contract/error.ts'
import { providerName } from './transport.ts'

/**
 * Why a sign-in was refused, as a sentence, from what openid-client (its `cause` chain names the claim) and jose throw.
 * No token, code or secret is ever in it: of a claim only issuer, audience and authorized party are shown.
 */
export function oidcRefusal(thrown: unknown): AppError {
  const chain = causesOf(thrown)
  const own = chain.find((one) => one instanceof AppError)
  if (own !== undefined) return own
  for (const one of chain) {
    if (one instanceof AuthorizationResponseError) return declined(one.error, one.error_description)
    if (one instanceof ResponseBodyError) return said(one.error, one.error_description, one.status)
    if (one instanceof WWWAuthenticateChallengeError) return said('invalid_client', undefined, one.status)
    const refusal = one instanceof errors.JOSEError ? joseRefusal(one) : protocolRefusal(one)
    if (refusal !== null) return refusal
  }
  if (chain.some((one) => one instanceof DOMException && one.name === 'TimeoutError'))
    return new AppError('timeout', `${providerName} did not answer in time.`, { hint: 'Try again.' })
  if (chain.some((one) => one instanceof ClientError || one instanceof TypeError))
    return refuse('answered in a way that OpenID Connect does not allow', thrown)
  return new AppError('internal', 'Something went wrong while signing in.', { cause: thrown })
}

function causesOf(thrown: unknown, depth = 0): readonly unknown[] {
  if (depth > 5 || thrown === undefined) return []
  return thrown instanceof Error ? [thrown, ...causesOf(thrown.cause, depth + 1)] : [thrown]
}

const refuse = (why: string, cause: unknown, hint = 'Tell the owner of the identity provider.'): AppError =>
  new AppError('unauthenticated', `${providerName} ${why}.`, { hint, cause })

/** What the detail of an OperationProcessingError of oauth4webapi says; null for anything else. */
function protocolRefusal(detail: unknown): AppError | null {
  if (typeof detail !== 'object' || detail === null) return null
  if ('claim' in detail && typeof detail.claim === 'string' && 'claims' in detail)
    return claimRefusal(detail.claim, valueIn(detail.claims, detail.claim))
  if ('header' in detail) return algorithmRefusal(valueIn(detail.header, 'alg'))
  if ('attribute' in detail && detail.attribute === 'issuer')
    return wrongIssuer(valueIn(valueIn(detail, 'body'), 'issuer'))
  return detail instanceof Error ? messageRefusal(detail) : null
}

/** Where only the message tells. The exact pinned version of oauth4webapi is what the tests run against. */
function messageRefusal(error: Error): AppError | null {
  const missing = /^JWT "(\w+)" .*missing$/.exec(error.message)?.[1]
  if (missing !== undefined) return claimRefusal(missing, undefined)
  if (error.message.includes('"id_token"'))
    return refuse('did not say who signed in: it sent no ID token', error, 'Allow the scope openid for this client.')
  if (error.message.includes('"state"'))
    return refuse('answered another sign-in (state)', error, 'Begin again, and use only the last window that opened.')
  if (/^(unexpected|response parameter) "iss" \(issuer\)/.test(error.message))
    return refuse(
      'is not the one that answered: the iss parameter is missing or another (RFC 9207)',
      error,
      'Begin again.',
    )
  return null
}

function joseRefusal(error: errors.JOSEError): AppError {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed)
    return claimRefusal(error.claim, error.payload[error.claim])
  if (error instanceof errors.JOSEAlgNotAllowed) return algorithmRefusal(undefined)
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return refuse('signed with a key that is not among those it shows (kid)', error, 'Try again in a few seconds.')
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return refuse('did not sign this: the signature of the ID token does not verify', error)
  return refuse('sent an ID token that cannot be read', error)
}

function claimRefusal(claim: string, value: unknown): AppError {
  const shown = shownClaim(value)
  switch (claim) {
    case 'aud':
      return refuse(`signed this for another application (audience ${shown})`, null, 'Check the client id.')
    case 'azp':
      return refuse(`signed this for another application (authorized party ${shown})`, null, 'Check the client id.')
    case 'iss':
      return wrongIssuer(value)
    case 'exp':
      if (value === undefined) return refuse('sent an ID token in which exp is missing', null)
      return refuse('sent an ID token that has expired', null, 'Begin again; compare the clocks of both machines.')
    case 'nbf':
    case 'iat':
      return refuse('sent an ID token that is not valid yet', null, 'Compare the clocks of both machines.')
    case 'nonce':
      return refuse('answered another sign-in: the nonce is not the one of this attempt', null, 'Begin again.')
    case 'auth_time':
      return refuse('does not prove a recent enough sign-in (auth_time)', null, 'Sign in at the provider again.')
    default:
      return refuse(`sent an ID token in which ${cleanText(claim, [])} is missing or wrong`, null)
  }
}

const wrongIssuer = (value: unknown): AppError =>
  refuse(`is another one than the settings name (issuer ${shownClaim(value)})`, null, 'Copy the issuer exactly.')

const algorithmRefusal = (algorithm: unknown): AppError =>
  refuse(
    `signed with an algorithm that is not accepted${algorithm === undefined ? '' : ` (${shownClaim(algorithm)})`}`,
    null,
    'Have the client sign ID tokens with RS256, PS256, ES256 or EdDSA.',
  )

function shownClaim(value: unknown): string {
  const text = Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : 'missing'
  return cleanText(text, []).slice(0, 120)
}

const valueIn = (holder: unknown, name: string): unknown =>
  typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined

/** The person, or the provider, ended the sign-in (RFC 6749 §4.1.2.1). */
function declined(error: string, description: string | undefined): AppError {
  if (error === 'access_denied')
    return refuse('did not let you in: access was denied', null, 'Ask its owner for access.')
  return said(error, description, 400)
}

/** An error answer (RFC 6749 §5.2, RFC 8628 §3.5). */
function said(error: string, description: string | undefined, status: number): AppError {
  if (status >= 500)
    return new AppError('unreachable', `${providerName} failed (HTTP ${status}).`, { hint: 'Try again shortly.' })
  if (error === 'invalid_client' || error === 'unauthorized_client')
    return refuse('does not accept this application (client id or secret)', null, 'Check client id and secret.')
  if (error === 'access_denied') return declined(error, description)
  if (error === 'expired_token') return refuse('waited too long: the code has expired', null, 'Begin again.')
  if (error === 'invalid_grant')
    return refuse('no longer accepts this sign-in: it expired, was used, or was revoked', null, 'Sign in again.')
  const because = description === undefined ? '' : `: ${cleanText(description, [])}`
  return refuse(`refused (${cleanText(error, [])})${because}`, null)
}
