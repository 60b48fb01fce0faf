import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { fileURLToPath } from 'node:url'
import type { Certificate } from './certificates.ts'
import { freePort, type Peer, startPeer, temporaryDirectory } from './peer.ts'

export type ProviderUser = {
  readonly name: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly groups: readonly string[]
}

type ProviderClient = {
  readonly client_id: string
  readonly client_secret?: string
  readonly application_type?: 'native' | 'web'
  readonly token_endpoint_auth_method?: 'none' | 'client_secret_basic' | 'client_secret_post'
  readonly redirect_uris: string[]
  readonly post_logout_redirect_uris?: string[]
  readonly grant_types: string[]
  readonly response_types: 'code'[]
}

export type ProviderProcessSettings = {
  readonly issuer: string
  readonly users: Readonly<Record<string, ProviderUser>>
  readonly clients: readonly ProviderClient[]
  /** Seconds. */
  readonly ttl: { readonly accessToken: number; readonly idToken: number; readonly deviceCode: number }
  readonly tls: Certificate | null
  /** Else they are only in userinfo, as OpenID Connect Core 1.0 §5.4 has it. */
  readonly groupsInIdToken: boolean
}

export type IdentityProviderRecipe = {
  /** By login; any password is right. `ana` (sre) and `aud` (auditor) unless given. */
  readonly users?: Readonly<Record<string, ProviderUser>>
  readonly ttl?: Partial<ProviderProcessSettings['ttl']>
  readonly tls?: Certificate
  readonly groupsInIdToken?: boolean
  /** Besides the loopback ones of `desktop`: exact redirect URIs of a confidential client `server`. */
  readonly webRedirectUris?: readonly string[]
  /** The path of the loopback redirects of `desktop`, on any port; `/callback` unless given. */
  readonly callbackPath?: string
}

export type IdentityProvider = Peer & {
  readonly issuer: string
  /** A public native client: PKCE, loopback redirect on any port, refresh and device grants. */
  readonly clientId: 'desktop'
  /** Signs with a new key from now on; the old one stays in the JWKS unless it is dropped. */
  rotateKeys(options?: { readonly dropOld?: boolean }): Promise<void>
}

export const testUsers: Readonly<Record<string, ProviderUser>> = {
  ana: { name: 'Ana Sre', email: 'ana@ops.test', email_verified: true, groups: ['sre', 'on-call'] },
  aud: { name: 'Aud Itor', groups: ['auditor'] },
}

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
export const webClient = { id: 'server', secret: 'server-secret' } as const

/** A real OpenID Connect provider (npm `oidc-provider`) in its own Node process. */
export async function startIdentityProvider(recipe: IdentityProviderRecipe = {}): Promise<IdentityProvider> {
  const port = await freePort()
  const issuer = `${recipe.tls === undefined ? 'http' : 'https'}://localhost:${port}`
  const settings: ProviderProcessSettings = {
    issuer,
    users: recipe.users ?? testUsers,
    clients: clientsOf(recipe),
    ttl: { accessToken: 60, idToken: 60, deviceCode: 120, ...recipe.ttl },
    tls: recipe.tls ?? null,
    groupsInIdToken: recipe.groupsInIdToken ?? true,
  }
  const peer = await startPeer({
    name: 'identity provider',
    command: process.execPath,
    args: [fileURLToPath(new URL('./identity-provider.process.ts', import.meta.url))],
    url: issuer,
    directory: await temporaryDirectory('identity-provider'),
    env: { IDENTITY_PROVIDER: JSON.stringify(settings), NODE_ENV: 'test' },
    ready: (log) => log().includes('identity provider is up'),
  })
  const rotateKeys: IdentityProvider['rotateKeys'] = async ({ dropOld = false } = {}) => {
    await send(new URL(`/test-only/rotate${dropOld ? '-and-drop' : ''}`, issuer), { method: 'POST' })
  }
  return { ...peer, issuer, clientId: 'desktop', rotateKeys }
}

function clientsOf(recipe: IdentityProviderRecipe): readonly ProviderClient[] {
  const path = recipe.callbackPath ?? '/callback'
  const native: ProviderClient = {
    client_id: 'desktop',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    redirect_uris: [`http://127.0.0.1${path}`, `http://localhost${path}`],
    post_logout_redirect_uris: ['http://127.0.0.1/', 'http://localhost/'],
    grant_types: ['authorization_code', 'refresh_token', deviceGrant],
    response_types: ['code'],
  }
  if (recipe.webRedirectUris === undefined) return [native]
  const web: ProviderClient = {
    client_id: webClient.id,
    client_secret: webClient.secret,
    redirect_uris: [...recipe.webRedirectUris],
    grant_types: ['authorization_code', 'refresh_token', deviceGrant],
    response_types: ['code'],
  }
  return [native, web]
}

type Page = { readonly url: URL; readonly status: number; readonly html: string }

/**
 * A person at the provider without a browser: opens `url`, follows its redirects, fills its forms (login, consent,
 * device code) and returns the address that it leads to elsewhere: the callback. For a device sign-in, which leads
 * nowhere, it returns the last address at the provider.
 */
export async function signInAtProvider(url: string, login: string): Promise<string> {
  const home = new URL(url).origin
  const cookies = new Map<string, string>()

  const open = async (target: URL, body?: URLSearchParams): Promise<Page | string> => {
    if (target.origin !== home) return target.href
    const answer = await send(target, {
      method: body === undefined ? 'GET' : 'POST',
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body === undefined ? {} : { body: body.toString() }),
    })
    for (const line of answer.cookies) remember(cookies, line)
    return answer.location === null ? { url: target, ...answer } : open(new URL(answer.location, target))
  }

  let page = await open(new URL(url))
  for (let forms = 0; forms < 8; forms++) {
    if (typeof page === 'string') return page
    if (page.status >= 400) throw new Error(`The provider answered HTTP ${page.status}: ${page.html.slice(0, 300)}`)
    if (!page.html.includes('<form')) return page.url.href
    page = await open(...filled(page, login))
  }
  throw new Error('The provider shows form after form.')
}

function filled(page: Page, login: string): [URL, URLSearchParams] {
  const action = /<form[^>]* action="([^"]+)"/.exec(page.html)?.[1] ?? page.url.href
  const fields = new URLSearchParams()
  for (const [input] of page.html.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]+)"/.exec(input)?.[1]
    if (name !== undefined) fields.set(name, /value="([^"]*)"/.exec(input)?.[1] ?? '')
  }
  if (fields.has('login')) fields.set('login', login)
  if (fields.has('password')) fields.set('password', 'any')
  return [new URL(action.replaceAll('&amp;', '&'), page.url), fields]
}

function remember(cookies: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';')
  const at = pair.indexOf('=')
  const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1)]
  if (value === '') cookies.delete(name)
  else cookies.set(name, value)
}

type Sent = { readonly method: string; readonly cookie?: string; readonly body?: string }
type Answer = Omit<Page, 'url'> & { readonly location: string | null; readonly cookies: readonly string[] }

/** As a person's browser would, but for the certificate: whose it is does not matter to this stand-in of a person. */
function send(url: URL, { method, cookie = '', body }: Sent): Promise<Answer> {
  const headers = { cookie, ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }) }
  return new Promise((resolve, reject) => {
    const options = { method, headers, family: 4, rejectUnauthorized: false }
    const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, options, async (response) => {
      let html = ''
      for await (const chunk of response.setEncoding('utf8')) html += chunk
      const { location = null, 'set-cookie': cookies = [] } = response.headers
      resolve({ status: response.statusCode ?? 0, html, location, cookies })
    })
    request.on('error', reject)
    request.end(body)
  })
}
