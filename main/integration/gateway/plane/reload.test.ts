import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import { Agent, request as ask } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { listen } from '#e2e/app/peers/listen.ts'
import { freePort } from '#e2e/app/peers/peer.ts'
import type { PlaneConfigInput } from './config.ts'
import { backend, get, plane, prefix, route, startPrimary, upstream } from './plane.fixture.ts'

const stack: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of stack.splice(0).reverse()) await each[Symbol.asyncDispose]()
})
const kept = async <T extends AsyncDisposable>(making: Promise<T>): Promise<T> => {
  const made = await making
  stack.push(made)
  return made
}
const listeners: PlaneConfigInput['listeners'] = [{ name: 'web', port: 0, protocol: 'http' }]
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** 32 clients that ask without pause until told to stop, with keep-alive; every fifth request has a body. */
function load(port: number) {
  const agent = new Agent({ connections: 32 })
  const outcome = { answered: 0, failed: [] as string[], names: new Map<string, number>() }
  let stopped = false
  const client = async (): Promise<void> => {
    for (let index = 0; !stopped; index++) {
      try {
        const posting = index % 5 === 0
        const answer = await ask(`http://127.0.0.1:${port}/`, {
          dispatcher: agent,
          method: posting ? 'POST' : 'GET',
          ...(posting ? { body: 'x'.repeat(500) } : {}),
        })
        const body = await answer.body.text()
        if (answer.statusCode === 200) outcome.answered++
        else outcome.failed.push(String(answer.statusCode))
        outcome.names.set(body, (outcome.names.get(body) ?? 0) + 1)
      } catch (error) {
        outcome.failed.push(error instanceof Error ? `${error.name} ${error.message}` : 'unknown')
      }
    }
  }
  const clients = Array.from({ length: 32 }, client)
  return {
    outcome,
    async stop() {
      stopped = true
      await Promise.all(clients)
      await agent.close()
      return outcome
    },
  }
}

/** A connection that is kept open, and what came last on it. */
class KeptOpen {
  readonly #socket
  readonly connected: Promise<void>
  readonly ended: Promise<void>
  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1').setEncoding('latin1')
    this.connected = new Promise((resolve) => this.#socket.once('connect', resolve))
    this.ended = new Promise((resolve) => this.#socket.once('close', () => resolve()))
  }
  ask(path: string): Promise<string> {
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
    return new Promise((resolve, reject) => {
      let text = ''
      this.#socket.on('error', reject).on('data', (chunk) => {
        text += chunk
        if (/\r\n\r\n.*(slow|\r\n0\r\n)/s.test(text)) resolve(text)
      })
    })
  }
}

describe('a configuration', () => {
  it('is exchanged, drained, rolled back, removed and the gateway upgraded under load without one failed request', {
    timeout: 60_000,
  }, async () => {
    const blue = await kept(upstream('blue'))
    const green = await upstream('green')
    const gateway = await kept(plane({}, 2))
    const config = (blueWeight: number, greenWeight: number): PlaneConfigInput => ({
      listeners,
      routes: [
        route('all', {
          backends: [
            { backend: 'blue', weight: blueWeight },
            { backend: 'green', weight: greenWeight },
          ],
        }),
      ],
      backends: [backend('blue', blue.port), backend('green', green.port)],
    })
    const { primary } = gateway
    await primary.apply(config(100, 0))
    const running = load(gateway.port)
    await sleep(400)
    for (const share of [10, 50, 100]) {
      await primary.apply(config(100 - share, share))
      await sleep(300)
    }
    expect(await primary.drained({ backend: 'blue', timeoutMs: 5_000 })).toEqual({ drained: true, inFlight: 0 })
    await primary.upgrade()
    await sleep(400)
    await primary.apply(config(100, 0))
    expect((await primary.drained({ backend: 'green', timeoutMs: 5_000 })).drained).toBe(true)
    await green.close()
    await primary.apply({
      listeners,
      routes: [route('all', { backends: [{ backend: 'blue' }] })],
      backends: [backend('blue', blue.port)],
    })
    await primary.upgrade()
    await sleep(400)
    const { failed, answered, names } = await running.stop()
    expect(failed).toEqual([])
    expect(answered).toBeGreaterThan(500)
    expect([...names.keys()].sort()).toEqual(['blue', 'green'])
    const measured = await primary.measure({ route: 'all' })
    expect(measured.reduce((sum, { totals }) => sum + totals.requests, 0)).toBe(answered)
  })

  it('leaves an open event stream and WebSocket as they are, also while the gateway is upgraded', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const timer = setInterval(() => response.write('data: tick\n\n'), 20)
      response.on('close', () => clearInterval(timer))
    })
    new WebSocketServer({ server }).on('connection', (socket) =>
      socket.on('message', (text) => socket.send(`echo ${text}`)),
    )
    const { port, close } = await listen(server)
    stack.push({ [Symbol.asyncDispose]: close })
    const config: PlaneConfigInput = {
      listeners,
      routes: [route('all', { backends: [{ backend: 'b' }] })],
      backends: [backend('b', port)],
    }
    const gateway = await kept(plane(config))
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/`)
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
    const echo = (text: string) =>
      new Promise<string>((resolve) => {
        socket.once('message', (answer) => resolve(String(answer)))
        socket.send(text)
      })
    let ticks = 0
    let ended = false
    const stream = request({ host: '127.0.0.1', port: gateway.port, path: '/' }, (answer) => {
      answer
        .on('data', () => ticks++)
        .on('close', () => {
          ended = true
        })
    })
    stream.end()
    await expect.poll(() => ticks).toBeGreaterThan(2)
    expect(await echo('one')).toBe('echo one')
    await gateway.primary.apply({ ...config, routes: [] })
    expect((await get(gateway.port, '/')).status).toBe(404)
    await gateway.primary.upgrade()
    const before = ticks
    expect(await echo('two')).toBe('echo two')
    await expect.poll(() => ticks).toBeGreaterThan(before + 2)
    expect(ended).toBe(false)
    expect((await gateway.primary.drained({ backend: 'b', timeoutMs: 50 })).inFlight).toBe(2)
    stream.destroy()
    socket.terminate()
    await expect.poll(async () => (await gateway.primary.drained({ backend: 'b', timeoutMs: 10 })).inFlight).toBe(0)
  })

  it('that is wrong is refused at its path, and the one before stays in force', async () => {
    const up = await kept(upstream('up'))
    const good: PlaneConfigInput = {
      listeners,
      routes: [route('all', { backends: [{ backend: 'b' }] })],
      backends: [backend('b', up.port)],
    }
    const gateway = await kept(plane(good))
    const wrong: [PlaneConfigInput, string][] = [
      [{ ...good, backends: [] }, 'routes.0.rules.0.backends'],
      [{ ...good, listeners: [...listeners, ...listeners] }, 'listeners.1.name'],
      [
        { ...good, routes: [route('r', { matches: [{ path: { kind: 'regex', value: '(' } }] })] },
        'routes.0.rules.0.matches.0',
      ],
      [
        { ...good, routes: [route('r', { backends: [{ backend: 'b', weight: -1 }] })] },
        'routes.0.rules.0.backends.0.weight',
      ],
      [
        {
          ...good,
          routes: [
            route('r', { matches: [prefix('/a')], rateLimit: { requests: 1, windowMs: 1_000, per: 'consumer' } }),
          ],
        },
        'routes.0.rules.0.rateLimit.per',
      ],
      [
        {
          ...good,
          listeners: [
            { name: 'web', port: 0, protocol: 'https', certificates: [{ certificate: 'x', privateKey: 'y' }] },
          ],
        },
        'listeners.0.certificates',
      ],
    ]
    for (const [config, at] of wrong)
      await expect(gateway.primary.apply(config)).rejects.toMatchObject({ code: 'invalid', at })
    expect((await get(gateway.port, '/')).body).toBe('up')
    expect((await gateway.primary.status()).revision).toBe(1)
  })

  it('that wants a port which is taken is refused with who holds it, and opens nothing', async () => {
    const taken = await listen(createServer())
    stack.push({ [Symbol.asyncDispose]: taken.close })
    const other = await freePort()
    const gateway = await kept(plane({}))
    const config = {
      listeners: [
        ...listeners,
        { name: 'other', port: other, protocol: 'http' as const },
        { name: 'taken', port: taken.port, protocol: 'http' as const },
      ],
      routes: [],
      backends: [],
    }
    await expect(gateway.primary.apply(config)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(new RegExp(`127.0.0.1:${taken.port} is taken by .*process ${process.pid}`)),
    })
    await expect(get(other, '/')).rejects.toThrow('ECONNREFUSED')
    expect((await get(gateway.port, '/')).status).toBe(404)
  })

  it('that wants a taken port again and again costs no worker', async () => {
    const taken = await listen(createServer())
    stack.push({ [Symbol.asyncDispose]: taken.close })
    const gateway = await kept(plane({}))
    const [before] = (await gateway.primary.status()).workers
    const bad = { name: 'taken', port: taken.port, protocol: 'http' as const }
    for (let n = 0; n < 5; n++)
      await expect(
        gateway.primary.apply({ listeners: [...listeners, bad], routes: [], backends: [] }),
      ).rejects.toMatchObject({ code: 'conflict' })
    expect((await gateway.primary.status()).workers.map(({ pid }) => pid)).toEqual([before?.pid])
    await taken.close()
    await gateway.primary.apply({ listeners: [...listeners, bad], routes: [], backends: [] })
    expect((await get(taken.port, '/')).status).toBe(404)
  })

  it('keeps a free port that it was given, and closes a listener that is gone', async () => {
    const gateway = await kept(plane({}))
    const again = await gateway.primary.apply({
      listeners: [...listeners, { name: 'second', port: 0, protocol: 'http' }],
      routes: [],
      backends: [],
    })
    expect(again.listeners[0]?.port).toBe(gateway.port)
    const second = again.listeners[1]?.port ?? 0
    expect((await get(second, '/')).status).toBe(404)
    await gateway.primary.apply({ listeners, routes: [], backends: [] })
    await expect(get(second, '/')).rejects.toThrow('ECONNREFUSED')
    await gateway.primary.apply({
      listeners: [...listeners, { name: 'second', port: second, protocol: 'http' }],
      routes: [],
      backends: [],
    })
    await gateway.primary.upgrade()
    expect((await get(second, '/')).status).toBe(404)
  })

  it('ends idle connections of a listener that is gone at once, and busy ones with their answer', async () => {
    const slow = await kept(
      upstream(
        'slow',
        (asked, response) => void setTimeout(() => response.end('slow'), asked.url === '/slow' ? 300 : 0),
      ),
    )
    const config: PlaneConfigInput = {
      listeners,
      routes: [route('all', { backends: [{ backend: 'b' }] })],
      backends: [backend('b', slow.port)],
    }
    const gateway = await kept(plane(config))
    const idle = new KeptOpen(gateway.port)
    const silent = new KeptOpen(gateway.port)
    const busy = new KeptOpen(gateway.port)
    await silent.connected
    expect(await idle.ask('/')).toMatch(/^HTTP\/1.1 200/)
    const answer = busy.ask('/slow')
    await expect.poll(() => slow.seen.length).toBe(2)
    await gateway.primary.apply({ listeners: [], routes: [], backends: [] })
    await Promise.all([idle.ended, silent.ended])
    expect(await answer).toMatch(/^HTTP\/1.1 200 OK.*connection: close.*slow/is)
    await busy.ended
    await expect.poll(async () => (await gateway.primary.status()).workers[0]?.connections).toBe(0)
  })

  it('is served again by a new worker when one is killed', async () => {
    const up = await kept(upstream('up'))
    const gateway = await kept(
      plane({ routes: [route('all', { backends: [{ backend: 'b' }] })], backends: [backend('b', up.port)] }),
    )
    const [worker] = (await gateway.primary.status()).workers
    process.kill(worker?.pid ?? 0, 'SIGKILL')
    await expect.poll(async () => (await get(gateway.port, '/')).body, { timeout: 10_000 }).toBe('up')
    expect((await gateway.primary.status()).workers[0]?.pid).not.toBe(worker?.pid)
  })

  it('is over when the gateway closes: what is in flight ends, nothing new begins', async () => {
    const slow = await kept(upstream('slow', (_request, response) => void setTimeout(() => response.end('slow'), 200)))
    const primary = startPrimary()
    const { listeners: listening } = await primary.apply({
      listeners,
      routes: [route('all', { backends: [{ backend: 'b' }] })],
      backends: [backend('b', slow.port)],
    })
    const port = listening[0]?.port ?? 0
    const answer = get(port, '/')
    await expect.poll(() => slow.seen.length).toBe(1)
    await primary.close(3_000)
    expect((await answer).body).toBe('slow')
    await new Promise<void>((resolve, reject) => {
      connect(port, '127.0.0.1')
        .on('error', () => resolve())
        .on('connect', () => reject(new Error('It still listens.')))
    })
  })
})
