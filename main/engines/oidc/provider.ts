import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  type CustomFetch,
  clockSkew,
  clockTolerance,
  customFetch,
  discovery,
  None,
  type ServerMetadata,
} from 'openid-client'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import { acceptedAlgorithms, skewSeconds } from './id-token.ts'
import { isSecure, type OidcSettings } from './settings.ts'

/** What the provider says about itself, in the form one operation needs it. */
export type Provider = { readonly metadata: ServerMetadata; readonly configuration: Configuration }

export type Providers = { during(fetch: CustomFetch): Promise<Provider> }

const freshMs = 5 * 60_000
const timeoutSeconds = 15

/**
 * Discovers the provider (OpenID Connect Discovery 1.0, §4), keeps its metadata for five minutes, and makes a
 * Configuration of it for each operation, with that operation's fetch and the present clock.
 * Throws `unauthenticated` if it calls itself other than the settings do, or shows an address without TLS.
 */
export function createProviders(settings: OidcSettings, issuer: URL, clock: Clock): Providers {
  let known: { readonly metadata: ServerMetadata; readonly at: number } | null = null

  const load = async (fetch: CustomFetch): Promise<ServerMetadata> => {
    const plain = issuer.protocol === 'http:' ? { execute: [allowInsecureRequests] } : {}
    const found = await discovery(issuer, settings.clientId, undefined, None(), {
      [customFetch]: fetch,
      timeout: timeoutSeconds,
      ...plain,
    })
    const metadata = checked(found.serverMetadata(), settings)
    known = { metadata, at: clock.monotonic() }
    return metadata
  }

  return {
    during: async (fetch) => {
      const fresh = known !== null && clock.monotonic() - known.at < freshMs ? known.metadata : null
      const metadata = fresh ?? (await load(fetch))
      return { metadata, configuration: configure(metadata, settings, fetch, clock) }
    },
  }
}

function configure(metadata: ServerMetadata, settings: OidcSettings, fetch: CustomFetch, clock: Clock): Configuration {
  const client = {
    // openid-client reads the system's clock; ours may be another.
    [clockSkew]: Math.round((clock.now() - Date.now()) / 1000),
    [clockTolerance]: skewSeconds,
  }
  const configuration = new Configuration(metadata, settings.clientId, client, clientAuthentication(metadata, settings))
  configuration[customFetch] = fetch
  configuration.timeout = timeoutSeconds
  if (settings.issuer.trim().startsWith('http:')) allowInsecureRequests(configuration)
  return configuration
}

/** RFC 8414 §2: without a list, `client_secret_basic` is what every provider takes. */
function clientAuthentication(metadata: ServerMetadata, settings: OidcSettings): ClientAuth {
  if (settings.clientSecret === undefined || settings.clientSecret === '') return None()
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return methods.includes('client_secret_basic')
    ? ClientSecretBasic(settings.clientSecret)
    : ClientSecretPost(settings.clientSecret)
}

const addresses = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'revocation_endpoint',
  'end_session_endpoint',
  'device_authorization_endpoint',
] as const

/** The metadata with the algorithms narrowed to ours, whatever the provider says that it could use. */
function checked(found: ServerMetadata, settings: OidcSettings): ServerMetadata {
  const { supportsPKCE: _helper, ...metadata } = found as ServerMetadata & { readonly supportsPKCE?: unknown }
  if (withoutSlash(metadata.issuer) !== withoutSlash(settings.issuer.trim()))
    throw unacceptable('calls itself by another name than the issuer in the settings', 'Copy the issuer exactly.')
  for (const name of addresses) {
    const address = metadata[name]
    if (address === undefined) continue
    const url = typeof address === 'string' ? URL.parse(address) : null
    if (url === null || !isSecure(url, settings)) throw unacceptable(`shows an address without TLS (${name})`)
  }
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const)
    if (metadata[name] === undefined) throw unacceptable(`does not say where its ${name} is`)
  return { ...metadata, id_token_signing_alg_values_supported: [...acceptedAlgorithms] }
}

const withoutSlash = (text: string): string => text.replace(/\/$/, '')

const unacceptable = (why: string, hint = 'Tell the owner of the identity provider.'): AppError =>
  new AppError('unauthenticated', `The identity provider ${why}.`, { hint })
