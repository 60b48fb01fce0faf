import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { AppError } from '#preload/contract/error.ts'

export type Authentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }

/** PEM texts. With `ca`, only that authority is trusted; `cert` and `key` are the client's own. */
export type TlsTrust = { readonly ca?: string; readonly cert?: string; readonly key?: string }

/** One external system spoken to over HTTP. `name` is what its owner calls it, and begins every error about it. */
export type Endpoint = {
  readonly name: string
  readonly url: string
  readonly auth: Authentication
  readonly tls: TlsTrust
}

export type QueryParameters = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

const exampleUrl = 'https://prometheus.example.com/prom'

/**
 * The base URL of an endpoint, its path ending in `/` so that a prefix is kept.
 * Throws `invalid` for anything but http(s), and for credentials, a query or a fragment in it.
 * @param like an address of its kind, for the hint.
 */
export function parseEndpointUrl(text: string, like = exampleUrl): URL {
  const example = `Write it like ${like}.`
  const url = URL.parse(text.trim())
  if (url === null) throw new AppError('invalid', 'This is not a URL.', { hint: example, at: 'url' })
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new AppError('invalid', 'The URL must begin with http:// or https://.', { hint: example, at: 'url' })
  if (url.username !== '' || url.password !== '')
    throw new AppError('invalid', 'The URL must not contain a user name or a password.', {
      hint: 'Enter the credentials in their own fields: there they are kept in the vault.',
      at: 'url',
    })
  if (url.search !== '' || url.hash !== '')
    throw new AppError('invalid', 'The URL must end with the path: no ? and no #.', { hint: example, at: 'url' })
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/`
  return url
}

/** `path` (`/api/v1/query`) below the base URL, whose own path prefix stays. */
export function urlBelow(base: URL, path: string, query: QueryParameters = {}): URL {
  const url = new URL(base.pathname + path.replace(/^\/+/, ''), base.origin)
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one))
  }
  return url
}

/** `text` as one segment of a path. Throws `invalid` for the two that URLs resolve away, however they are encoded. */
export function pathSegment(text: string): string {
  if (text === '' || text === '.' || text === '..') throw new AppError('invalid', 'This name cannot be looked up.')
  return encodeURIComponent(text)
}

/** Host without the brackets of an IPv6 literal, and the port that the scheme implies. */
export function addressOf(url: URL): { readonly host: string; readonly port: number; readonly literal: boolean } {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  return { host, port, literal: isIP(host) !== 0 }
}

// Names that frame the message: a connection must not be able to change where or how a request ends.
const framing = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
  'trailer',
])

/** The request headers that carry the credentials. White space around a pasted token is dropped. */
export function authenticationHeaders(auth: Authentication): Readonly<Record<string, string>> {
  switch (auth.kind) {
    case 'none':
      return {}
    case 'basic':
      if (auth.username.includes(':'))
        throw new AppError('invalid', 'A user name must not contain a colon.', { at: 'auth.username' })
      return { authorization: `Basic ${base64(`${auth.username}:${auth.password}`)}` }
    case 'bearer':
      return { authorization: `Bearer ${headerValue(auth.token, 'auth.token')}` }
    case 'header':
      if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(auth.name) || framing.has(auth.name.toLowerCase()))
        throw new AppError('invalid', 'This name cannot be used for a header with credentials.', { at: 'auth.name' })
      return { [auth.name.toLowerCase()]: headerValue(auth.value, 'auth.value') }
  }
}

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64')

function headerValue(text: string, at: string): string {
  const value = text.trim()
  if (value === '' || /[^\t\x20-\x7e]/.test(value))
    throw new AppError('invalid', 'The token is empty or has characters that no header can carry.', {
      hint: 'Paste it again, without line breaks.',
      at,
    })
  return value
}

/** Every spelling in which a secret of this endpoint could come back in a server's text. */
export function secretsOf(endpoint: Endpoint): readonly string[] {
  const { auth, tls } = endpoint
  const plain = [tls.key ?? '']
  if (auth.kind === 'basic') plain.push(auth.password, base64(`${auth.username}:${auth.password}`))
  if (auth.kind === 'bearer') plain.push(auth.token.trim())
  if (auth.kind === 'header') plain.push(auth.value.trim())
  const spellings = plain.flatMap((one) => [one, encodeURIComponent(one), JSON.stringify(one).slice(1, -1)])
  return [...new Set(spellings)].filter((one) => one !== '').sort((a, b) => b.length - a.length)
}

/** The options of every TLS connection to the endpoint. Verification is never off. Throws `invalid` for bad PEM. */
export function tlsOptions(trust: TlsTrust): TlsTrust & { readonly rejectUnauthorized: true } {
  if ((trust.cert === undefined) !== (trust.key === undefined))
    throw new AppError('invalid', 'A client certificate needs its key, and a key its certificate.', { at: 'tls' })
  if (trust.ca !== undefined && !trust.ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new AppError('invalid', 'The CA certificate is not in PEM form.', { hint: pemHint, at: 'tls.ca' })
  try {
    createSecureContext(trust)
  } catch {
    // The reason of OpenSSL stays out: it was made from a text that holds a private key.
    throw new AppError('invalid', 'The certificates or the key cannot be read, or do not belong together.', {
      hint: `${pemHint} The key must be without a passphrase.`,
      at: 'tls',
    })
  }
  return { ...trust, rejectUnauthorized: true }
}

const pemHint = 'Paste the whole text from BEGIN to END.'
