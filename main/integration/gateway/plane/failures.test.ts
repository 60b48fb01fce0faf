import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { listen } from '#e2e/app/peers/listen.ts'
import { freePort } from '#e2e/app/peers/peer.ts'
import { backend, get, type Plane, plane, route, upstream } from './plane.fixture.ts'

type Server = AsyncDisposable & { readonly port: number; readonly requests: () => number }

const stack: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of stack.splice(0).reverse()) await each[Symbol.asyncDispose]()
})
const kept = <T extends AsyncDisposable>(each: T): T => {
  stack.push(each)
  return each
}

/** A server of raw bytes: what it says to each request is up to the test. */
async function rawServer(say: (socket: Socket, request: number) => void): Promise<Server> {
  let requests = 0
  const server = createServer((socket) => socket.on('data', () => say(socket, ++requests)))
  const { port, close } = await listen(server)
  return kept({ port, requests: () => requests, [Symbol.asyncDispose]: close })
}

type Rule = Parameters<typeof route>[1]
async function facing(
  port: number | readonly number[],
  rule: Partial<Rule> = {},
  more: Partial<ReturnType<typeof backend>> = {},
): Promise<Plane> {
  const ports = typeof port === 'number' ? [port] : port
  return kept(
    await plane({
      backends: [{ ...backend('b', ...ports), ...more }],
      routes: [route('all', { backends: [{ backend: 'b' }], ...rule })],
    }),
  )
}
const lastReason = async ({ primary }: Plane) => (await primary.accessLog({ limit: 1 }))[0]?.reason
const totals = async ({ primary }: Plane) =>
  (await primary.measure({ route: 'all' })).find(({ backend: name }) => name === 'b')?.totals
const once = { retry: { attempts: 0 } }
const well = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

describe('an upstream that fails', () => {
  it('answers 502 and says why when nobody listens', async () => {
    const gateway = await facing(await freePort())
    expect(await get(gateway.port, '/')).toMatchObject({ status: 502, body: '502 Bad Gateway\n' })
    expect(await lastReason(gateway)).toBe('connection: ECONNREFUSED')
    expect(await totals(gateway)).toMatchObject({
      requests: 1,
      failures: { connection: 1, timeout: 0, upstream5xx: 0 },
    })
  })

  it('answers 504 when it hangs, within the time the route allows', async () => {
    const hanging = await rawServer(() => {})
    const gateway = await facing(hanging.port, { timeouts: { backendRequestMs: 150 } })
    const started = performance.now()
    expect((await get(gateway.port, '/')).status).toBe(504)
    expect(performance.now() - started).toBeLessThan(1_000)
    expect(await totals(gateway)).toMatchObject({ failures: { timeout: 1 }, inFlight: 0 })
  })

  it('holds a request to its whole time, attempts included', async () => {
    const hanging = await rawServer(() => {})
    const gateway = await facing(hanging.port, { timeouts: { requestMs: 150 } })
    expect((await get(gateway.port, '/')).status).toBe(504)
    expect(await lastReason(gateway)).toBe('timeout: request')
  })

  it('answers 502 when it resets', async () => {
    const resetting = await rawServer((socket) => socket.resetAndDestroy())
    const gateway = await facing(resetting.port, once)
    expect((await get(gateway.port, '/')).status).toBe(502)
  })

  it('cuts the answer off, so that nobody takes it for whole, when it dies in the middle', async () => {
    const dying = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
      setTimeout(() => socket.destroy(), 30)
    })
    const gateway = await facing(dying.port)
    await expect(get(gateway.port, '/')).rejects.toThrow()
    expect(await totals(gateway)).toMatchObject({ failures: { connection: 1 }, responses: { '2xx': 1 } })
  })

  it('cuts the answer off when it hangs in the middle', async () => {
    const hanging = await rawServer(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello'),
    )
    const gateway = await facing(hanging.port, { timeouts: { requestMs: 200 } })
    await expect(get(gateway.port, '/')).rejects.toThrow()
    expect(await lastReason(gateway)).toBe('cut off: request timeout')
  })

  it('cuts the answer off when it is shorter than it says', async () => {
    const short = await rawServer((socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello'))
    const gateway = await facing(short.port)
    await expect(get(gateway.port, '/')).rejects.toThrow()
  })

  it('passes on what it said, and nothing of the rest to the next client, when it is longer than it says', async () => {
    const long = await rawServer(
      (socket) =>
        void socket.write(
          'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison',
        ),
    )
    const gateway = await facing(long.port)
    for (let index = 0; index < 5; index++) expect((await get(gateway.port, '/')).body).toBe('ok')
  })

  it('answers 502 to what is no HTTP, and to fields that cannot be passed on', async () => {
    const nonsense = await rawServer((socket) => void socket.end('220 mail.example ESMTP\r\n'))
    expect((await get((await facing(nonsense.port, once)).port, '/')).status).toBe(502)
    const both = await rawServer(
      (socket) =>
        void socket.end(
          'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
        ),
    )
    const answer = await get((await facing(both.port, once)).port, '/')
    expect(answer.headers['content-length'] === undefined || answer.status === 502).toBe(true)
  })

  it('tries a lost connection once more, but never what may have had an effect', async () => {
    const flaky = await rawServer((socket, request) =>
      request % 2 === 1 ? socket.resetAndDestroy() : socket.write(well),
    )
    const gateway = await facing(flaky.port)
    expect((await get(gateway.port, '/')).body).toBe('ok')
    expect((await get(gateway.port, '/', { method: 'POST', body: 'pay' })).status).toBe(502)
    expect(flaky.requests()).toBe(3)
    expect(await totals(gateway)).toMatchObject({ requests: 2, retries: 1 })
  })

  it('tries again for the codes it is told, and stops when a fifth of the traffic is repetition', async () => {
    await using failing = await upstream('x', (_request, response) => void response.writeHead(503).end())
    const gateway = await facing(failing.port, { retry: { attempts: 3, codes: [503] } })
    for (let index = 0; index < 50; index++) expect((await get(gateway.port, '/')).status).toBe(503)
    const seen = failing.seen.length
    expect(seen).toBeGreaterThan(55)
    expect(seen).toBeLessThanOrEqual(50 + 10 + 50 * 0.2)
  })

  it('tries another endpoint first', async () => {
    await using good = await upstream('good')
    const gateway = await facing([await freePort(), good.port])
    for (let index = 0; index < 10; index++)
      expect((await get(gateway.port, '/', { method: 'POST', body: 'x' })).body).toBe('good')
  })

  it('takes an endpoint out after failures in a row, and back in later', async () => {
    await using good = await upstream('good')
    const bad = await rawServer((socket) => socket.resetAndDestroy())
    const gateway = await facing([bad.port, good.port], once, { passive: { consecutiveFailures: 2, ejectMs: 300 } })
    const ask = async () => (await get(gateway.port, '/')).status
    const first = [await ask(), await ask(), await ask(), await ask()]
    expect(first.filter((status) => status === 502)).toHaveLength(2)
    for (let index = 0; index < 6; index++) expect(await ask()).toBe(200)
    expect((await gateway.primary.status()).backends[0]?.endpoints.map(({ ejectedBy }) => ejectedBy)).toEqual([1, 0])
    await new Promise((resolve) => setTimeout(resolve, 320))
    expect([await ask(), await ask()].sort()).toEqual([200, 502])
  })

  it('opens its circuit, answers at once, and closes it after one request went well', async () => {
    let sick = true
    await using server = await upstream('x', (_request, response) => void response.writeHead(sick ? 500 : 200).end('x'))
    const gateway = await facing(server.port, once, { circuit: { errorRate: 0.5, minimumRequests: 4, openMs: 300 } })
    const ask = async () => (await get(gateway.port, '/')).status
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual([500, 500, 500, 500])
    expect(await ask()).toBe(503)
    expect(await lastReason(gateway)).toBe('circuit open')
    expect(server.seen).toHaveLength(4)
    sick = false
    await new Promise((resolve) => setTimeout(resolve, 320))
    expect([await ask(), await ask()]).toEqual([200, 200])
    expect((await gateway.primary.status()).backends[0]?.circuit).toBe('closed')
  })

  it('is left out while its health check fails', async () => {
    let sick = true
    await using good = await upstream('good')
    await using bad = await upstream(
      'bad',
      (request, response) => void response.writeHead(request.url === '/health' && sick ? 503 : 200).end('bad'),
    )
    const check = { path: '/health', intervalMs: 50, timeoutMs: 500, healthyAfter: 1, unhealthyAfter: 2 }
    const gateway = await facing([good.port, bad.port], once, { healthCheck: check })
    const health = async () => (await gateway.primary.status()).backends[0]?.endpoints.map((each) => each.health)
    await expect.poll(health).toEqual(['healthy', 'unhealthy'])
    expect((await gateway.primary.status()).backends[0]?.endpoints[1]?.why).toBe('answered 503')
    for (let index = 0; index < 6; index++) expect((await get(gateway.port, '/')).body).toBe('good')
    sick = false
    await expect.poll(health).toEqual(['healthy', 'healthy'])
    const bodies = [(await get(gateway.port, '/')).body, (await get(gateway.port, '/')).body]
    expect(bodies.sort()).toEqual(['bad', 'good'])
  })

  it('counts a client that goes away apart from failures', async () => {
    const hanging = await rawServer(() => {})
    const gateway = await facing(hanging.port)
    const aborted = new AbortController()
    const asking = fetch(`http://127.0.0.1:${gateway.port}/`, { signal: aborted.signal })
    await expect
      .poll(async () => (await totals(gateway))?.inFlight ?? (await gateway.primary.status()).backends[0]?.inFlight)
      .toBe(1)
    aborted.abort()
    await expect(asking).rejects.toThrow()
    await expect
      .poll(() => totals(gateway))
      .toMatchObject({ clientAborts: 1, failures: { connection: 0, timeout: 0 }, inFlight: 0 })
  })
})
