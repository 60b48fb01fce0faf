import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type ClientHttp2Session, createServer, connect as http2 } from 'node:http2'
import { request as secureRequest } from 'node:https'
import { connect as netConnect } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
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

const certified = async (hostname: string) => {
  const { cert, key } = await authority.issue({ commonName: hostname, names: [`DNS:${hostname}`] })
  return { certificate: cert, privateKey: key }
}
const secure = (name: string, hostname: string, certificate: { certificate: string; privateKey: string }) => ({
  name,
  port: 0,
  protocol: 'https' as const,
  hostname,
  certificates: [certificate],
})

function servedName(port: number, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({ host: '127.0.0.1', port, servername, ca: authority.ca }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

function getSecurely(port: number, host: string, client: { cert?: string; key?: string } = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = secureRequest(
      { host: '127.0.0.1', port, servername: host, headers: { host }, ca: authority.ca, agent: false, ...client },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      },
    )
    asking.on('error', reject).end()
  })
}

describe('TLS', () => {
  it('shows the certificate of the host asked for, and a new one after a reload while old connections go on', async () => {
    const [one, two, other] = await Promise.all([
      certified('one.example'),
      certified('two.example'),
      certified('one.example'),
    ])
    const gateway = await kept(plane({ listeners: [secure('one', 'one.example', one)] }))
    const port = gateway.port
    const config = (first: typeof one): PlaneConfigInput => ({
      listeners: [
        { ...secure('one', 'one.example', first), port },
        { ...secure('two', 'two.example', two), port },
      ],
      routes: [{ ...route('all', { backends: [{ backend: 'b' }] }), listeners: ['one', 'two'] }],
      backends: [backend('b', up.port)],
    })
    await gateway.primary.apply(config(one))
    expect([await servedName(port, 'one.example'), await servedName(port, 'two.example')]).toEqual([
      'one.example',
      'two.example',
    ])
    const socket = tlsConnect({ host: '127.0.0.1', port, servername: 'one.example', ca: authority.ca })
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    const serial = () => socket.getPeerCertificate().serialNumber
    const before = serial()
    await gateway.primary.apply(config(other))
    socket.write('GET / HTTP/1.1\r\nHost: one.example\r\n\r\n')
    expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toContain('200 OK')
    const fresh = tlsConnect({ host: '127.0.0.1', port, servername: 'one.example', ca: authority.ca })
    await new Promise((resolve) => fresh.once('secureConnect', resolve))
    expect(fresh.getPeerCertificate().serialNumber).not.toBe(before)
    socket.destroy()
    fresh.destroy()
  })

  it('lets only certificates of its authority in, by the consumer they name, and no other host through that door', async () => {
    const [door, open, good] = await Promise.all([
      certified('mtls.example'),
      certified('open.example'),
      authority.issue({ commonName: 'till-7' }),
    ])
    const stranger = await (await createAuthority('Other CA')).issue({ commonName: 'till-7' })
    const gateway = await kept(plane({ listeners: [secure('open', 'open.example', open)] }))
    const { port } = gateway
    await gateway.primary.apply({
      listeners: [
        { ...secure('open', 'open.example', open), port },
        {
          ...secure('mtls', 'mtls.example', door),
          port,
          clientAuthorities: [authority.ca],
          clientCertificate: 'required',
        },
      ],
      routes: [
        {
          ...route('all', { backends: [{ backend: 'b' }], auth: { schemes: [{ kind: 'mtls' }] } }),
          listeners: ['mtls'],
        },
        { ...route('open', { backends: [{ backend: 'b' }] }), listeners: ['open'] },
      ],
      backends: [backend('b', up.port)],
      consumers: [{ name: 'till', certificateSubjects: ['till-7'] }],
    })
    expect(await getSecurely(port, 'mtls.example', good)).toBe(200)
    expect(seen()?.['x-consumer-name']).toBe('till')
    expect(await getSecurely(port, 'mtls.example')).toBe(421)
    expect(await getSecurely(port, 'mtls.example', stranger)).toBe(421)
    expect(await getSecurely(port, 'open.example')).toBe(200)
  })
})

describe('HTTP/2 and gRPC', () => {
  const session = async (port: number): Promise<ClientHttp2Session> => {
    const made = http2(`https://one.example:${port}`, {
      ca: authority.ca,
      createConnection: () =>
        tlsConnect({ host: '127.0.0.1', port, servername: 'one.example', ca: authority.ca, ALPNProtocols: ['h2'] }),
    })
    stack.push({ [Symbol.asyncDispose]: async () => made.destroy() })
    return made
  }
  const ask = (client: ClientHttp2Session, headers: Record<string, string>, body?: Buffer) =>
    new Promise<{ status: number; body: string; trailers: Record<string, unknown> }>((resolve, reject) => {
      const stream = client.request({ ':authority': 'one.example', ...headers }, { endStream: body === undefined })
      let status = 0
      let text = ''
      let trailers: Record<string, unknown> = {}
      stream.on('response', (head) => {
        status = Number(head[':status'])
      })
      stream.on('trailers', (late) => {
        trailers = late
      })
      stream.on('data', (chunk) => {
        text += chunk
      })
      stream.on('end', () => resolve({ status, body: text, trailers }))
      stream.on('error', reject)
      if (body) stream.end(body)
    })

  it('serves many streams of one connection, to an upstream that speaks HTTP/1.1', async () => {
    const gateway = await guarded({}, { listeners: [secure('web', 'one.example', await certified('one.example'))] })
    const client = await session(gateway.port)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(client, { ':path': `/${index}` })))
    expect(answers.every(({ status, body }) => status === 200 && body === 'up')).toBe(true)
    await ask(client, { ':path': '/post', ':method': 'POST' }, Buffer.from('hello'))
    expect(up.seen.at(-1)).toMatchObject({
      url: '/post',
      body: 'hello',
      headers: { host: 'one.example', 'x-forwarded-proto': 'https' },
    })
  })

  it('carries a gRPC call to an h2c upstream, with its trailers', async () => {
    const server = createServer()
    server.on('stream', (stream, headers) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': String(headers.te) }))
      stream.on('data', (chunk) => stream.write(chunk))
      stream.on('end', () => stream.end())
    })
    const { port, close } = await listen(server)
    stack.push({ [Symbol.asyncDispose]: close })
    const gateway = await guarded(
      {},
      {
        listeners: [secure('web', 'one.example', await certified('one.example'))],
        backends: [{ ...backend('b', port), protocol: 'h2c' }],
      },
    )
    const client = await session(gateway.port)
    const message = Buffer.from([0, 0, 0, 0, 2, 104, 105])
    const answer = await ask(
      client,
      { ':path': '/shop.Cart/Add', ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' },
      message,
    )
    expect(answer).toMatchObject({
      status: 200,
      body: message.toString(),
      trailers: { 'grpc-status': '0', 'grpc-message': 'trailers' },
    })
  })

  it('survives a rapid reset and malformed frames', async () => {
    const gateway = await guarded({}, { listeners: [secure('web', 'one.example', await certified('one.example'))] })
    const attacker = await session(gateway.port)
    attacker.on('error', () => {})
    for (let index = 0; index < 3_000 && !attacker.destroyed; index++) {
      const stream = attacker.request({ ':authority': 'one.example', ':path': '/reset' })
      stream.on('error', () => {})
      stream.close(8)
    }
    const frames = [
      '000000010000000001',
      '000005040000000000ffffffffff',
      'ffffff0000000000010000',
      '00000408000000000000000000',
    ]
    for (const frame of frames) {
      const socket = tlsConnect({
        host: '127.0.0.1',
        port: gateway.port,
        servername: 'one.example',
        ca: authority.ca,
        ALPNProtocols: ['h2'],
      })
      socket.on('error', () => {})
      const closed = new Promise((resolve) => socket.on('close', resolve))
      socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from(frame, 'hex')]))
      socket.resume()
      setTimeout(() => socket.destroy(), 500)
      await closed
    }
    expect((await ask(await session(gateway.port), { ':path': '/' })).status).toBe(200)
    expect((await gateway.primary.status()).workers).toHaveLength(1)
  })
})

describe('consumers', () => {
  const basicOf = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

  it('are known by an API key, which stays here', async () => {
    const gateway = await guarded(
      { auth: { schemes: [{ kind: 'apiKey' }] } },
      { consumers: [{ name: 'shop', apiKeyHashes: [hashApiKey('sesame')] }] },
    )
    expect((await get(gateway.port, '/')).status).toBe(401)
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

  it('verifies an upstream that speaks TLS', async () => {
    const { createServer: createSecure } = await import('node:https')
    const { cert, key } = await authority.issue({ commonName: 'localhost' })
    const { port, close } = await listen(createSecure({ cert, key }, (_request, response) => response.end('secure')))
    stack.push({ [Symbol.asyncDispose]: close })
    const trusting = await guarded(
      {},
      {
        backends: [
          { ...backend('b', port), protocol: 'https', tls: { authorities: [authority.ca], serverName: 'localhost' } },
        ],
      },
    )
    expect((await get(trusting.port, '/')).body).toBe('secure')
    const doubting = await guarded({}, { backends: [{ ...backend('b', port), protocol: 'https' }] })
    expect((await get(doubting.port, '/')).status).toBe(502)
  })
})
