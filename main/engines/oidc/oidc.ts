import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  tokenRevocation,
} from 'openid-client'
import type { ExternalIdentity } from '#main/engines/identity/identity.ts'
import { createOnce, type Once } from '#main/engines/identity/once.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import { beginDevice, type DeviceSignIn } from './device.ts'
import {
  createOperations,
  nothingAsked,
  type OidcDependencies,
  type OidcSignIn,
  type OidcTokens,
  type Operations,
  tokensOf,
} from './operation.ts'
import { type OidcSettings, scopeOf } from './settings.ts'

export type { OidcSignIn, OidcTokens } from './operation.ts'

/** Kept on the server side between `begin` and `complete`; holds the PKCE verifier, so it is a secret. */
export type PendingOidc = {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly redirectUri: string
  /** Seconds; null when any sign-in at the provider will do. */
  readonly maxAge: number | null
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

type Cancel = { readonly signal?: AbortSignal | undefined }

export type Oidc = {
  /** Where to send the browser. `prompt` and `maxAge` (seconds) as in OpenID Connect Core 1.0, §3.1.2.1. */
  begin(
    redirectUri: string,
    options?: Cancel & { readonly prompt?: 'login' | 'consent' | 'select_account' | 'none'; readonly maxAge?: number },
  ): Promise<{ readonly url: string; readonly pending: PendingOidc }>
  /** What the browser came back with. `pending` is spent, whatever the outcome, once the provider could be reached. */
  complete(pending: PendingOidc, callbackUrl: string, options?: Cancel): Promise<OidcSignIn>
  /** For hosts without a browser (RFC 8628). */
  beginDevice(options?: Cancel): Promise<DeviceSignIn<OidcSignIn>>
  /** New tokens for the same `subject`; the old refresh token may be worthless afterwards. */
  refresh(refreshToken: string, options: Cancel & { readonly subject: string }): Promise<OidcRefreshed>
  /** Where to send the browser to end the session there, or null if the provider cannot (RP-Initiated Logout 1.0). */
  logoutUrl(idToken: string, postLogoutRedirectUri: string, options?: Cancel): Promise<string | null>
  /** Ends a refresh token (RFC 7009). False if the provider has no such endpoint. */
  revoke(refreshToken: string, options?: Cancel): Promise<boolean>
  close(): Promise<void>
}

/** Providers need not send an ID token again; without one there is no new identity. */
export type OidcRefreshed = {
  readonly identity: ExternalIdentity | null
  readonly tokens: Omit<OidcTokens, 'idToken'> & { readonly idToken: string | null }
}

const pendingMs = 10 * 60_000

/**
 * Sign-in by OpenID Connect Core 1.0 with authorization code and PKCE (RFC 7636, RFC 8252), device grant (RFC 8628),
 * issuer identification (RFC 9207), logout and revocation. ID tokens are verified here in full, signature included.
 * Throws `invalid` for settings, and from its methods `unauthenticated`, `unreachable`, `timeout` or `cancelled`.
 */
export function createOidc(settings: OidcSettings, deps: OidcDependencies): Oidc {
  const { clock } = deps
  const once = createOnce(clock)
  const operations = createOperations(settings, deps)
  return {
    ...browserSignIn(settings, operations, clock, once),
    ...deviceSignIn(settings, operations, clock),
    ...sessions(operations, clock),
    close: operations.close,
  }
}

function browserSignIn(
  settings: OidcSettings,
  { during, signedIn }: Operations,
  clock: Clock,
  once: Once,
): Pick<Oidc, 'begin' | 'complete'> {
  return {
    begin: (redirectUri, options = {}) =>
      during(options.signal, async ({ configuration }) => {
        const pending: PendingOidc = {
          state: randomState(),
          nonce: randomNonce(),
          codeVerifier: randomPKCECodeVerifier(),
          redirectUri,
          maxAge: options.maxAge ?? null,
          expiresAt: clock.now() + pendingMs,
        }
        const url = buildAuthorizationUrl(configuration, {
          redirect_uri: redirectUri,
          scope: scopeOf(settings),
          state: pending.state,
          nonce: pending.nonce,
          code_challenge: await calculatePKCECodeChallenge(pending.codeVerifier),
          code_challenge_method: 'S256',
          ...(options.prompt === undefined ? {} : { prompt: options.prompt }),
          ...(options.maxAge === undefined ? {} : { max_age: String(options.maxAge) }),
        })
        return { url: url.href, pending }
      }),

    complete: (pending, callbackUrl, { signal } = {}) =>
      during(signal, async (operation) => {
        if (!once.spend(pending.state, pending.expiresAt)) throw ended('was completed before')
        if (pending.expiresAt <= clock.now()) throw ended('took longer than ten minutes')
        const callback = callbackOf(pending, callbackUrl)
        const answer = await authorizationCodeGrant(operation.configuration, callback, {
          expectedState: pending.state,
          expectedNonce: pending.nonce,
          pkceCodeVerifier: pending.codeVerifier,
          idTokenExpected: true,
          ...(pending.maxAge === null ? {} : { maxAge: pending.maxAge }),
        })
        return signedIn(answer, operation, pending)
      }),
  }
}

function deviceSignIn(
  settings: OidcSettings,
  { during, signedIn }: Operations,
  clock: Clock,
): Pick<Oidc, 'beginDevice'> {
  return {
    beginDevice: ({ signal } = {}) =>
      during(signal, async ({ configuration, metadata }) => {
        if (metadata.device_authorization_endpoint === undefined) throw withoutDevices()
        return beginDevice(configuration, { settings, clock }, (poll, waiting) =>
          during(waiting, async (operation) => signedIn(await poll(operation.configuration), operation, nothingAsked)),
        )
      }),
  }
}

function sessions(
  { during, verify, identify }: Operations,
  clock: Clock,
): Pick<Oidc, 'refresh' | 'logoutUrl' | 'revoke'> {
  return {
    refresh: (refreshToken, { signal, subject }) =>
      during(signal, async (operation) => {
        const answer = await refreshTokenGrant(operation.configuration, refreshToken)
        const claims = answer.id_token === undefined ? null : await verify(answer.id_token, operation, nothingAsked)
        if (claims !== null && claims.sub !== subject) throw anotherPerson()
        const identity = claims === null ? null : await identify(claims, answer.access_token, operation)
        const tokens = { ...tokensOf(answer, claims?.exp, clock), idToken: answer.id_token ?? null }
        return { identity, tokens: { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken } }
      }),

    logoutUrl: (idToken, postLogoutRedirectUri, { signal } = {}) =>
      during(signal, async ({ configuration, metadata }) => {
        if (metadata.end_session_endpoint === undefined) return null
        const parameters = { id_token_hint: idToken, post_logout_redirect_uri: postLogoutRedirectUri }
        return buildEndSessionUrl(configuration, parameters).href
      }),

    revoke: (refreshToken, { signal } = {}) =>
      during(signal, async ({ configuration, metadata }) => {
        if (metadata.revocation_endpoint === undefined) return false
        await tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' })
        return true
      }),
  }
}

/** The callback, if it is the one this sign-in asked for; the port of a loopback redirect is part of that. */
function callbackOf(pending: PendingOidc, callbackUrl: string): URL {
  const callback = URL.parse(callbackUrl)
  const expected = new URL(pending.redirectUri)
  if (callback === null || callback.origin !== expected.origin || callback.pathname !== expected.pathname)
    throw ended('came back to another address than it was sent to')
  return callback
}

const ended = (why: string): AppError =>
  new AppError('unauthenticated', `This sign-in ${why}, and is not accepted.`, { hint: 'Begin again.' })

const withoutDevices = (): AppError =>
  new AppError('unsupported', 'The identity provider does not offer sign-in by device code.', {
    hint: 'Have the device grant (RFC 8628) enabled, or sign in with a browser on this machine.',
  })

const anotherPerson = (): AppError =>
  new AppError('unauthenticated', 'The identity provider renewed the sign-in for another person.', {
    hint: 'Sign in again, and tell the owner of the identity provider.',
  })
