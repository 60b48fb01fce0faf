import { type ClientHttp2Session, createServer, connect as http2 } from 'node:http2'
import { request as secureRequest } from 'node:https'
import { connect as tlsConnect } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '#e2e/app/peers/certificates.ts'
import { listen } from '#e2e/app/peers/listen.ts'
import type { PlaneConfigInput } from './config.ts'
import { backend, get, plane, route, type Upstream, upstream } from './plane.fixture.ts'

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

  it('takes the place of plain HTTP on an open port, and gives it back, without a moment in which nobody listens', async () => {
    const gateway = await guarded({})
    const [plain] = (await gateway.primary.status()).listeners
    const { port = 0 } = plain ?? {}
    const config = (...listeners: PlaneConfigInput['listeners']): PlaneConfigInput => ({
      ...{ listeners, backends: [backend('b', up.port)] },
      routes: [route('all', { backends: [{ backend: 'b' }] })],
    })
    expect((await get(port, '/')).body).toBe('up')
    await gateway.primary.apply(config({ ...secure('web', 'one.example', await certified('one.example')), port }))
    expect(await getSecurely(port, 'one.example')).toBe(200)
    await gateway.primary.apply(config({ name: 'web', port, protocol: 'http' }))
    expect((await get(port, '/')).body).toBe('up')
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

describe('a slow client', () => {
  it('is cut off behind TLS as well', async () => {
    const limits = { headersTimeoutMs: 500, requestTimeoutMs: 900 }
    const gateway = await guarded(
      {},
      { listeners: [{ ...secure('web', 'one.example', await certified('one.example')), limits }] },
    )
    const answer = await new Promise<string>((resolve) => {
      const socket = tlsConnect({
        host: '127.0.0.1',
        port: gateway.port,
        servername: 'one.example',
        ca: authority.ca,
      })
      let text = ''
      const timer = setInterval(() => socket.write('X'), 50)
      socket.write('GET / HTTP/1.1\r\nHost: one.example\r\nX-Slow: ')
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        clearInterval(timer)
        resolve(text)
      })
    })
    expect(answer).toContain('408')
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
