import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { connect as netConnect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { exportJWK, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '#e2e/app/peers/certificates.ts'
import { listen } from '#e2e/app/peers/listen.ts'
import type { PlaneConfigInput } from './config.ts'
import { hashApiKey, hashPassword } from './credentials.ts'
import { backend, get, plane, raw, route, statuses, type Upstream, upstream } from './plane.fixture.ts'

let authority: Authority
let up: Upstream
const stack: AsyncDisposable[] = []
beforeAll(async () => {
  ;[authority, up] = await Promise.all([createAuthority(), upstream('up')])
})
afterEach(async () => {
  for (const each of stack.splice(0).reverse()) await each[Symbol.asyncDispose]()
})
afterAll(() => up.close())
const kept = async <T extends AsyncDisposable>(making: Promise<T>): Promise<T> => {
  const made = await making
  stack.push(made)
  return made
}
type Rule = Parameters<typeof route>[1]
const guarded = (rule: Partial<Rule>, config: Partial<PlaneConfigInput> = {}) =>
  kept(
    plane({
      backends: [backend('b', up.port)],
      routes: [route('all', { backends: [{ backend: 'b' }], ...rule })],
      ...config,
    }),
  )
const seen = () => up.seen.at(-1)?.headers

describe('consumers', () => {
  const basicOf = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

  it('are known by an API key, which stays here', async () => {
    const gateway = await guarded(
      { auth: { schemes: [{ kind: 'apiKey' }] } },
      { consumers: [{ name: 'shop', apiKeyHashes: [hashApiKey('sesame')] }] },
    )
    const unknown = await get(gateway.port, '/')
    expect([unknown.status, unknown.headers['www-authenticate']]).toEqual([
      401,
      'APIKey realm="gateway", header="x-api-key"',
    ])
    expect((await get(gateway.port, '/', { headers: { 'x-api-key': 'wrong' } })).status).toBe(401)
    expect((await get(gateway.port, '/', { headers: { 'x-api-key': 'sesame' } })).status).toBe(200)
    expect([seen()?.['x-consumer-name'], seen()?.['x-api-key']]).toEqual(['shop', undefined])
  })

  it('are known by a password, and only those a route names get in', async () => {
    const consumers = [
      { name: 'ann', basic: [{ user: 'ann', passwordHash: await hashPassword('secret') }] },
      { name: 'bob', basic: [{ user: 'bob', passwordHash: await hashPassword('hidden') }] },
    ]
    const gateway = await guarded({ auth: { schemes: [{ kind: 'basic' }], consumers: ['ann'] } }, { consumers })
    const ask = async (authorization: string) => (await get(gateway.port, '/', { headers: { authorization } })).status
    expect([
      await ask(basicOf('ann', 'wrong')),
      await ask(basicOf('ann', 'secret')),
      await ask(basicOf('ann', 'secret')),
      await ask(basicOf('bob', 'hidden')),
      await ask('Basic !'),
    ]).toEqual([401, 200, 200, 403, 401])
    expect(seen()?.authorization).toBeUndefined()
    expect((await get(gateway.port, '/')).headers['www-authenticate']).toContain('Basic')
  })

  it('are known by a token of their issuer; a forged, expired, foreign or unsigned one is refused', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const forger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const { kty = '', crv = '', x = '', y = '' } = await exportJWK(publicKey)
    const jwk = { kty, crv, x, y, kid: 'k1', alg: 'ES256' }
    const token = (key: KeyObject, claims: { iss?: string; aud?: string; exp?: string } = {}) =>
      new SignJWT({ plan: 'gold' })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setSubject('ann')
        .setIssuer(claims.iss ?? 'https://id.example')
        .setAudience(claims.aud ?? 'shop')
        .setExpirationTime(claims.exp ?? '5m')
        .sign(createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' })))
    const gateway = await guarded(
      { auth: { schemes: [{ kind: 'jwt', provider: 'id' }] } },
      {
        jwtProviders: [
          {
            name: 'id',
            issuer: 'https://id.example',
            audiences: ['shop'],
            jwks: { keys: [jwk] },
          },
        ],
        consumers: [{ name: 'gold', jwtClaims: [{ provider: 'id', claim: 'plan', value: 'gold' }] }],
      },
    )
    const ask = async (bearer: string) =>
      (await get(gateway.port, '/', { headers: { authorization: `Bearer ${bearer}` } })).status
    const good = await token(privateKey)
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`
    expect([await ask(good), await ask(good)]).toEqual([200, 200])
    expect(seen()?.['x-consumer-name']).toBe('gold')
    expect([
      await ask(await token(forger)),
      await ask(await token(privateKey, { exp: '-5m' })),
      await ask(await token(privateKey, { iss: 'https://evil.example' })),
      await ask(await token(privateKey, { aud: 'bank' })),
      await ask(unsigned),
    ]).toEqual([401, 401, 401, 401, 401])
  })

  it('share one exact limit over all workers, each their own', async () => {
    const consumers = ['a', 'b'].map((name) => ({ name, apiKeyHashes: [hashApiKey(name)] }))
    const gateway = await kept(
      plane(
        {
          backends: [backend('b', up.port)],
          consumers,
          routes: [
            route('all', {
              backends: [{ backend: 'b' }],
              auth: { schemes: [{ kind: 'apiKey' }] },
              rateLimit: { requests: 20, windowMs: 60_000, per: 'consumer' },
            }),
          ],
        },
        2,
      ),
    )
    const ask = async (key: string) => (await get(gateway.port, '/', { headers: { 'x-api-key': key } })).status
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask('a')))
    expect(answers.filter((status) => status === 200)).toHaveLength(20)
    expect(answers.filter((status) => status === 429)).toHaveLength(40)
    expect(await ask('b')).toBe(200)
    const refused = await get(gateway.port, '/', { headers: { 'x-api-key': 'a' } })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50)
  })
})

describe('what stands before and behind the gateway', () => {
  it('believes X-Forwarded-For of a trusted proxy, to the first address it does not trust', async () => {
    const gateway = await guarded(
      {},
      { listeners: [{ name: 'web', port: 0, protocol: 'http', trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] }] },
    )
    await get(gateway.port, '/', {
      headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.1.2.3', 'x-forwarded-proto': 'https' },
    })
    expect([seen()?.['x-forwarded-for'], seen()?.['x-forwarded-proto']]).toEqual([
      '6.6.6.6, 203.0.113.9, 10.1.2.3, 127.0.0.1',
      'https',
    ])
    expect((await gateway.primary.accessLog({ limit: 1 }))[0]?.client).toBe('203.0.113.9')
  })

  it('takes the client from a PROXY header of either version, and closes a connection without one', async () => {
    const gateway = await guarded(
      {},
      { listeners: [{ name: 'web', port: 0, protocol: 'http', acceptProxyProtocol: true }] },
    )
    const asked = 'GET / HTTP/1.1\r\nHost: gate.example\r\nConnection: close\r\n\r\n'
    const binary = Buffer.from('0d0a0d0a000d0a515549540a2111000ccb007107c0000201d4310050', 'hex').toString('latin1')
    for (const [header, client] of [
      ['PROXY TCP4 203.0.113.7 192.0.2.1 54321 80\r\n', '203.0.113.7'],
      [binary, '203.0.113.7'],
    ] as const) {
      expect(statuses(await raw(gateway.port, header + asked))).toEqual([200])
      expect((await gateway.primary.accessLog({ limit: 1 }))[0]?.client).toBe(client)
    }
    expect(await raw(gateway.port, asked)).toBe('')
  })

  it('compresses what is worth it for a client that accepts it', async () => {
    await using big = await upstream('x', (_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.setHeader('etag', '"1"')
      response.end(JSON.stringify('x'.repeat(5_000)))
    })
    const gateway = await guarded({ compression: true }, { backends: [backend('b', big.port)] })
    const plain = await get(gateway.port, '/')
    expect(plain.headers['content-encoding']).toBeUndefined()
    const bytes = await new Promise<{ headers: string; body: Buffer }>((resolve) => {
      const chunks: Buffer[] = []
      const socket = netConnect(gateway.port, '127.0.0.1', () =>
        socket.write('GET / HTTP/1.0\r\nHost: a.example\r\nAccept-Encoding: gzip\r\n\r\n'),
      )
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.on('close', () => {
        const all = Buffer.concat(chunks)
        const end = all.indexOf('\r\n\r\n')
        resolve({ headers: all.toString('latin1', 0, end).toLowerCase(), body: all.subarray(end + 4) })
      })
    })
    expect(bytes.headers).toContain('content-encoding: gzip')
    expect(bytes.headers).toContain('etag: w/"1"')
    expect(gunzipSync(bytes.body).toString()).toBe(plain.body)
  })

  it.each(['https', 'h2'] as const)(
    'verifies an upstream that speaks %s by its own name, whatever host is asked for',
    async (protocol) => {
      const { createSecureServer } = await import('node:http2')
      const identity = await authority.issue({ commonName: 'inside.example', names: ['DNS:inside.example'] })
      const server = createSecureServer({ ...identity, allowHTTP1: true }, (_request, response) =>
        response.end('secure'),
      )
      const { port, close } = await listen(server)
      stack.push({ [Symbol.asyncDispose]: close })
      const answer = async (serverName: string, authorities: string[]) => {
        const tls = { authorities, serverName }
        const gateway = await guarded({}, { backends: [{ ...backend('b', port), protocol, tls }] })
        const answers = [
          await get(gateway.port, '/', { headers: { host: 'one.example' } }),
          await get(gateway.port, '/', { headers: { host: 'inside.example' } }),
        ]
        return answers.map(({ status, body }) => (status === 200 ? body : status))
      }
      expect(await answer('inside.example', [authority.ca])).toEqual(['secure', 'secure'])
      expect(await answer('other.example', [authority.ca])).toEqual([502, 502])
      expect(await answer('inside.example', [])).toEqual([502, 502])
    },
  )
})
