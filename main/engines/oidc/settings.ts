import { addressOf, parseEndpointUrl } from '#main/engines/http/endpoint.ts'
import { AppError } from '#preload/contract/error.ts'

export type OidcSettings = {
  /** Exactly as the provider calls itself, `https://login.example.com/realms/ops`. */
  readonly issuer: string
  readonly clientId: string
  /** For confidential clients; a desktop has none and relies on PKCE. */
  readonly clientSecret?: string
  /** Besides `openid`; `profile email groups offline_access` unless given. */
  readonly scopes?: readonly string[]
  /** Where the groups are: a claim, or a path to one such as `realm_access.roles`. `groups` unless given. */
  readonly groupsClaim?: string
  /** PEM; with it only that authority is trusted. */
  readonly ca?: string
  /** Lets an issuer on loopback speak plain HTTP. For tests and trials. */
  readonly allowInsecureLoopback?: boolean
}

/** The issuer as a URL. Throws `invalid`, saying which setting is wrong. */
export function parseIssuer(settings: OidcSettings): URL {
  const url = parseEndpointUrl(settings.issuer)
  if (!isSecure(url, settings))
    throw new AppError('invalid', 'The issuer must begin with https://.', {
      hint: 'Tokens that travel unencrypted can be stolen. Only a provider on this machine may use http://.',
      at: 'issuer',
    })
  if (settings.clientId.trim() === '')
    throw new AppError('invalid', 'The client id is missing.', {
      hint: 'Register this application at the identity provider and copy the client id here.',
      at: 'clientId',
    })
  return new URL(settings.issuer.trim())
}

/** Whether the provider may be spoken to at `url`: https, or http where the issuer itself is an allowed loopback one. */
export function isSecure(url: URL, settings: OidcSettings): boolean {
  if (url.protocol === 'https:') return true
  const issuer = URL.parse(settings.issuer)
  return settings.allowInsecureLoopback === true && issuer !== null && isPlainLoopback(issuer) && isPlainLoopback(url)
}

function isPlainLoopback(url: URL): boolean {
  const { host, literal } = addressOf(url)
  return (
    url.protocol === 'http:' && (host === 'localhost' || host === '::1' || (literal && /^127(\.\d+){3}$/.test(host)))
  )
}

export const scopeOf = (settings: OidcSettings): string =>
  ['openid', ...(settings.scopes ?? ['profile', 'email', 'groups', 'offline_access'])]
    .filter((scope, index, all) => all.indexOf(scope) === index)
    .join(' ')
