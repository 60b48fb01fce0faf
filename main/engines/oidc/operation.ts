import { type CustomFetch, fetchUserInfo, type TokenEndpointResponse } from 'openid-client'
import type { ExternalIdentity } from '#main/engines/identity/identity.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import { type IdTokenClaims, verifyIdToken } from './id-token.ts'
import { identityOf, isComplete } from './identity-claims.ts'
import { createSigningKeys } from './keys.ts'
import { createProviders, type Provider } from './provider.ts'
import { oidcRefusal } from './refusal.ts'
import { type OidcSettings, parseIssuer } from './settings.ts'
import { createTransport } from './transport.ts'

export type OidcTokens = {
  readonly idToken: string
  readonly refreshToken: string | null
  /** Of the access token, or of the ID token where the provider does not say; milliseconds since the epoch. */
  readonly expiresAt: number
}

export type OidcSignIn = { readonly identity: ExternalIdentity; readonly tokens: OidcTokens }

export type OidcDependencies = {
  readonly clock: Clock
  /** For one answer of the provider; ten seconds unless given. */
  readonly timeoutMs?: number
}

/** What one call to the engine works with: the provider as it is now, and a fetch that ends with the call. */
type Operation = Provider & { readonly fetch: CustomFetch }

/** What the ID token must answer to; null where the flow has none. */
type Asked = { readonly nonce: string | null; readonly maxAge: number | null }

export const nothingAsked: Asked = { nonce: null, maxAge: null }

export type Operations = {
  /** Runs `work`; whatever it throws becomes an AppError without secrets. */
  during<T>(signal: AbortSignal | undefined, work: (operation: Operation) => Promise<T>): Promise<T>
  verify(idToken: string, operation: Operation, asked: Asked): Promise<IdTokenClaims>
  identify(claims: IdTokenClaims, accessToken: string, operation: Operation): Promise<ExternalIdentity>
  signedIn(answer: TokenEndpointResponse, operation: Operation, asked: Asked): Promise<OidcSignIn>
  close(): Promise<void>
}

export function createOperations(settings: OidcSettings, { clock, timeoutMs }: OidcDependencies): Operations {
  const issuer = parseIssuer(settings)
  const groupsClaim = settings.groupsClaim ?? 'groups'
  const transport = createTransport(settings, timeoutMs)
  const providers = createProviders(settings, issuer, clock)
  const keys = createSigningKeys(clock)

  const verify: Operations['verify'] = (idToken, { metadata, fetch }, asked) =>
    verifyIdToken(idToken, keys.during(metadata.jwks_uri ?? '', fetch), {
      issuer: metadata.issuer,
      clientId: settings.clientId,
      ...asked,
      now: clock.now(),
    })

  const identify: Operations['identify'] = async (claims, accessToken, { configuration, metadata }) => {
    const enough = isComplete(claims, groupsClaim) || metadata.userinfo_endpoint === undefined
    const userinfo = enough ? {} : await fetchUserInfo(configuration, accessToken, claims.sub)
    return identityOf(claims, userinfo, groupsClaim)
  }

  return {
    verify,
    identify,
    during: async (signal, work) => {
      const fetch = transport.during(signal)
      try {
        return await work({ fetch, ...(await providers.during(fetch)) })
      } catch (thrown) {
        throw oidcRefusal(thrown)
      }
    },
    signedIn: async (answer, operation, asked) => {
      if (answer.id_token === undefined) throw withoutIdToken()
      const claims = await verify(answer.id_token, operation, asked)
      const identity = await identify(claims, answer.access_token, operation)
      return { identity, tokens: { ...tokensOf(answer, claims.exp, clock), idToken: answer.id_token } }
    },
    close: transport.close,
  }
}

export function tokensOf(
  answer: TokenEndpointResponse,
  idTokenExpiry: number | undefined,
  clock: Clock,
): Omit<OidcTokens, 'idToken'> {
  const { expires_in: seconds, refresh_token: refreshToken } = answer
  const expiresAt = seconds === undefined ? (idTokenExpiry ?? 0) * 1000 : clock.now() + seconds * 1000
  return { refreshToken: refreshToken ?? null, expiresAt }
}

const withoutIdToken = (): AppError =>
  new AppError('unauthenticated', 'The identity provider did not say who signed in: it sent no ID token.', {
    hint: 'Allow the scope openid for this client.',
  })
