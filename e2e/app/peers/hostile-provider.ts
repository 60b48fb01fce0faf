import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { base64url, type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { listen } from './listen.ts'

type Json = Readonly<Record<string, unknown>>

/** What a hostile identity provider does to one sign-in. Nothing given: it is well-behaved. */
export type Hostility = {
  /** How the ID token is signed; by the key in the JWKS unless given. */
  readonly sign?: 'none' | 'hs256-with-public-key' | 'other-key' | 'unknown-kid' | 'changed-after'
  /** Added to the ID token; undefined removes. */
  readonly claims?: Json
  /** Seconds from now. */
  readonly times?: { readonly iat?: number; readonly exp?: number; readonly nbf?: number; readonly authTime?: number }
  /** Sends the ID token of the sign-in before. */
  readonly replay?: true
  readonly idToken?: null | string
  readonly userinfo?: Json
  /** Added to the discovery document; undefined removes. */
  readonly discovery?: Json
  /** Treats one endpoint so; the others answer. */
  readonly break?: {
    readonly endpoint: '/.well-known/openid-configuration' | '/token' | '/jwks' | '/userinfo' | '/device'
    readonly by: 'huge' | 'silent' | 'html' | 'server-error' | { readonly redirectTo: string }
  }
  /** Changes the parameters of the callback; undefined removes. */
  readonly callback?: Json
  /** What each poll of a device sign-in is told before the tokens. */
  readonly polls?: readonly ('authorization_pending' | 'slow_down' | 'access_denied')[]
  readonly verificationUri?: string
}

export type HostileProvider = {
  readonly issuer: string
  /** Every request it has seen: path, and when (milliseconds of the monotonic clock). */
  readonly requests: readonly { readonly path: string; readonly at: number }[]
  /** Body bytes that `huge` has written. */
  sentBytes(): number
  become(hostility: Hostility): void
  /** The callback that its authorization endpoint answers with. */
  authorize(url: string): string
  [Symbol.asyncDispose](): Promise<void>
}

/** An identity provider in this process that mints ID tokens to order: real signatures, wrong contents. */
export async function startHostileProvider(first: Hostility = {}): Promise<HostileProvider> {
  const [own, other] = await Promise.all([
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
  ])
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'shown', alg: 'RS256', use: 'sig' }
  const publicPem = await exportSPKI(own.publicKey)
  const nonces = new Map<string, string>()
  const requests: { path: string; at: number }[] = []
  let hostility = first
  let issuer = ''
  let sent = 0
  let last = ''
  let polled = 0

  const sign = async (claims: JWTPayload): Promise<string> => {
    const signed = (alg: string, kid: string, key: CryptoKey | Uint8Array) =>
      new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key)
    switch (hostility.sign) {
      case 'none':
        return `${base64url.encode('{"alg":"none"}')}.${base64url.encode(JSON.stringify(claims))}.`
      case 'hs256-with-public-key':
        return signed('HS256', 'shown', new TextEncoder().encode(publicPem))
      case 'other-key':
        return signed('RS256', 'shown', other.privateKey)
      case 'unknown-kid':
        return signed('RS256', 'invented', other.privateKey)
      case 'changed-after': {
        const [header, , signature] = (await signed('RS256', 'shown', own.privateKey)).split('.')
        return `${header}.${base64url.encode(JSON.stringify({ ...claims, sub: 'admin' }))}.${signature}`
      }
      default:
        return signed('RS256', 'shown', own.privateKey)
    }
  }

  const mint = async (nonce: string | undefined): Promise<string> => {
    const { iat = 0, exp = 60, nbf, authTime } = hostility.times ?? {}
    const now = Math.floor(Date.now() / 1000)
    const claims = without({
      iss: issuer,
      aud: 'desktop',
      sub: 'ana',
      name: 'Ana Sre',
      email: 'ana@ops.test',
      groups: ['sre'],
      nonce,
      iat: now + iat,
      exp: now + exp,
      nbf: nbf === undefined ? undefined : now + nbf,
      auth_time: authTime === undefined ? undefined : now + authTime,
      ...hostility.claims,
    })
    return sign(claims)
  }

  const tokens = async (body: URLSearchParams): Promise<[number, Json]> => {
    const told = body.has('device_code') ? hostility.polls?.[polled++] : undefined
    if (told !== undefined) return [400, { error: told }]
    if (hostility.replay !== true || last === '') last = await mint(nonces.get(body.get('code') ?? ''))
    const idToken = hostility.idToken === undefined ? last : hostility.idToken
    const answer = { access_token: 'opaque', token_type: 'Bearer', expires_in: 60, refresh_token: 'next' }
    return [200, idToken === null ? answer : { ...answer, id_token: idToken }]
  }

  const discovery = (): Json =>
    without({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      device_authorization_endpoint: `${issuer}/device`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
      authorization_response_iss_parameter_supported: true,
      ...hostility.discovery,
    })

  const device = (): Json => ({
    device_code: 'device',
    user_code: 'ABCD-EFGH',
    verification_uri: hostility.verificationUri ?? `${issuer}/activate`,
    expires_in: 60,
    interval: 1,
  })

  const authorize = (address: string): string => {
    const asked = new URL(address).searchParams
    const code = `code-${nonces.size}`
    nonces.set(code, asked.get('nonce') ?? '')
    const answer = without({ code, state: asked.get('state'), iss: issuer, ...hostility.callback })
    return `${asked.get('redirect_uri')}?${new URLSearchParams(answer as Record<string, string>)}`
  }

  const ruin = (response: ServerResponse, by: NonNullable<Hostility['break']>['by']): void => {
    if (by === 'silent') return
    if (by === 'huge') {
      response.writeHead(200, { 'content-type': 'application/json' })
      pour(response, (bytes) => {
        sent += bytes
      })
    } else if (by === 'html') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Who are you?</html>')
    else if (by === 'server-error') response.writeHead(503).end()
    else response.writeHead(302, { location: by.redirectTo }).end()
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname: path } = new URL(request.url ?? '/', issuer)
    requests.push({ path, at: performance.now() })
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    if (hostility.break?.endpoint === path) return ruin(response, hostility.break.by)
    if (path === '/authorize')
      return void response.writeHead(302, { location: authorize(`${issuer}${request.url}`) }).end()
    const [status, answer] = await answerTo(path, new URLSearchParams(body))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  const answerTo = async (path: string, body: URLSearchParams): Promise<[number, Json]> => {
    switch (path) {
      case '/.well-known/openid-configuration':
        return [200, discovery()]
      case '/jwks':
        return [200, { keys: [jwk] }]
      case '/token':
        return tokens(body)
      case '/device':
        return [200, device()]
      case '/userinfo':
        return [200, { sub: 'ana', ...hostility.userinfo }]
      default:
        return [404, {}]
    }
  }

  const { port, close } = await listen(createServer((request, response) => void serve(request, response)))
  issuer = `http://127.0.0.1:${port}`
  const become = (next: Hostility) => {
    hostility = next
    polled = 0
  }
  return { issuer, requests, sentBytes: () => sent, become, authorize, [Symbol.asyncDispose]: close }
}

const without = (claims: Json): Record<string, unknown> =>
  Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))

/** Up to 1 GiB, without ever holding it. */
function pour(response: ServerResponse, wrote: (bytes: number) => void): void {
  const chunk = Buffer.alloc(64 * 1024, ' ')
  let left = 1024 ** 3
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length
      wrote(chunk.length)
      if (!response.write(chunk)) return void response.once('drain', more)
    }
    response.end()
  }
  more()
}
