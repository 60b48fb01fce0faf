import cluster from 'node:cluster'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import { createServer as createListener } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { listen } from '#e2e/app/peers/listen.ts'
import { freePort } from '#e2e/app/peers/peer.ts'
import type { PlaneConfigInput } from './config.ts'
import { backend, get, plane, route, startPrimary, upstream, workerEntry } from './plane.fixture.ts'
import type { GatewayPrimary } from './primary.ts'

const stack: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of stack.splice(0).reverse()) await each[Symbol.asyncDispose]()
})
const kept = async <T extends AsyncDisposable>(making: Promise<T>): Promise<T> => {
  const made = await making
  stack.push(made)
  return made
}
const pidsOf = async (primary: GatewayPrimary): Promise<number[]> =>
  (await primary.status()).workers.map(({ pid }) => pid)
const children = (): number => Object.keys(cluster.workers ?? {}).length
const to = (port: number): Pick<PlaneConfigInput, 'routes' | 'backends'> => ({
  routes: [route('all', { backends: [{ backend: 'b' }] })],
  backends: [backend('b', port)],
})

/** Clients that ask without pause, each request on a connection of its own, until told to stop. */
function askAnew(port: number, clients: number) {
  const outcome = { answered: 0, failed: [] as string[], longestMs: 0 }
  const agent = new Agent({ keepAlive: false })
  let stopped = false
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      const from = performance.now()
      const done = (failure?: string): void => {
        if (failure === undefined) outcome.answered++
        else outcome.failed.push(failure)
        outcome.longestMs = Math.max(outcome.longestMs, performance.now() - from)
        resolve()
      }
      request({ host: '127.0.0.1', port, agent }, (answer) => {
        answer.resume()
        answer.on('error', (error) => done(error.message))
        answer.on('end', () => done(answer.statusCode === 200 ? undefined : String(answer.statusCode)))
      })
        .on('error', (error: NodeJS.ErrnoException) => done(error.code))
        .end()
    })
  const client = async (): Promise<void> => {
    while (!stopped && outcome.failed.length < 1_000) await once()
  }
  const all = Array.from({ length: clients }, client)
  return async () => {
    stopped = true
    await Promise.all(all)
    return outcome
  }
}

/** Tries to take a port until told to stop. @returns whether it ever could. */
function squat(port: number) {
  let taken = false
  let stopped = false
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      const server = createListener()
      server.on('error', () => setImmediate(resolve))
      server.listen(port, '127.0.0.1', () => {
        taken = true
        server.close(() => resolve())
      })
    })
  const trying = (async () => {
    while (!stopped) await once()
  })()
  return async (): Promise<boolean> => {
    stopped = true
    await trying
    return taken
  }
}

describe('a worker that is killed', () => {
  it.each([1, 2])('leaves its port to no other program, and its clients wait for the next: %i in all', async (size) => {
    const up = await kept(upstream('up'))
    const gateway = await kept(plane(to(up.port), size))
    const stop = askAnew(gateway.port, 8)
    await sleep(300)
    const leave = squat(gateway.port)
    for (const pid of await pidsOf(gateway.primary)) process.kill(pid, 'SIGKILL')
    await expect.poll(async () => (await pidsOf(gateway.primary)).length, { timeout: 10_000 }).toBe(size)
    await sleep(300)
    const { answered, failed, longestMs } = await stop()
    expect(await leave()).toBe(false)
    // What was being answered is lost with the worker; nothing is refused, and nothing answered without its routes.
    expect(failed.filter((each) => each !== 'ECONNRESET')).toEqual([])
    expect(failed.length).toBeLessThanOrEqual(8)
    expect(answered).toBeGreaterThan(100)
    expect(longestMs).toBeLessThan(3_000)
    expect(children()).toBe(size)
  })

  it('is tried again until one serves, and none that cannot is left over', { timeout: 30_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'workers-'))
    stack.push({ [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }) })
    const left = join(folder, 'failures-left')
    const entry = join(folder, 'worker.mjs')
    const fails = (times: number): void => writeFileSync(left, String(times))
    writeFileSync(
      entry,
      `import { readFileSync, writeFileSync } from 'node:fs'
const left = Number(readFileSync(${JSON.stringify(left)}, 'utf8'))
if (left === 0) await import(${JSON.stringify(workerEntry)})
else {
  writeFileSync(${JSON.stringify(left)}, String(left - 1))
  process.on('message', ({ kind, id }) => kind === 'ask' && process.send({ kind: 'failure', id, code: '', message: 'no', address: '' }))
  process.on('disconnect', () => process.exit(0))
  process.send({ kind: 'ready' })
}
`,
    )
    fails(0)
    const up = await kept(upstream('up'))
    const primary = startPrimary(1, entry)
    stack.push({ [Symbol.asyncDispose]: () => primary.close(200) })
    const listeners = [{ name: 'web', port: 0, protocol: 'http' as const }]
    const { listeners: open } = await primary.apply({ listeners, ...to(up.port) })
    fails(3)
    for (const pid of await pidsOf(primary)) process.kill(pid, 'SIGKILL')
    await expect
      .poll(async () => (await primary.status()).listeners[0]?.refusal)
      .toMatch(/^No worker of the gateway runs/)
    expect((await get(open[0]?.port ?? 0, '/')).body).toBe('up')
    expect(readFileSync(left, 'utf8')).toBe('0')
    await expect.poll(children).toBe(1)
    expect((await primary.status()).listeners[0]?.refusal).toBeNull()
    // Also what people ask for meanwhile leaves none over.
    fails(2)
    for (const pid of await pidsOf(primary)) process.kill(pid, 'SIGKILL')
    await expect.poll(children).toBe(1)
    await primary.apply({ listeners, ...to(up.port) }).catch(() => {})
    expect((await get(open[0]?.port ?? 0, '/')).body).toBe('up')
    await expect.poll(children, { timeout: 5_000 }).toBe(1)
    await expect.poll(() => pidsOf(primary), { timeout: 5_000 }).toHaveLength(1)
  })
})

describe('a port that is taken', () => {
  it('keeps only its own listener from being served where the rest is to be, and is opened when it is free', async () => {
    const up = await kept(upstream('up'))
    const squatter = await listen(createServer())
    const primary = startPrimary(2)
    stack.push({ [Symbol.asyncDispose]: () => primary.close(200) })
    const config = {
      listeners: [
        { name: 'web', port: await freePort(), protocol: 'http' as const },
        { name: 'taken', port: squatter.port, protocol: 'http' as const },
      ],
      routes: [
        {
          ...to(up.port).routes[0],
          name: 'all',
          listeners: ['web', 'taken'],
          rules: [{ backends: [{ backend: 'b' }] }],
        },
      ],
      backends: to(up.port).backends,
    }
    await expect(primary.apply(config)).rejects.toMatchObject({ code: 'conflict' })
    const { listeners } = await primary.applyPartly(config)
    expect(listeners.map(({ refusal }) => refusal)).toEqual([
      null,
      expect.stringMatching(
        new RegExp(`^127.0.0.1:${squatter.port} is taken by .*process ${process.pid}.*tried again`),
      ),
    ])
    expect((await primary.status()).listeners).toEqual(listeners)
    expect(await primary.metrics()).toContain('framework0_gateway_listener_up{listener="taken"} 0')
    const [web] = config.listeners
    expect((await get(web?.port ?? 0, '/')).body).toBe('up')

    // It keeps nobody from changing the rest, and a worker that is replaced serves that.
    await primary.apply({ ...config, backends: [{ ...backend('b', up.port), connectTimeoutMs: 999 }] })
    for (const pid of await pidsOf(primary)) process.kill(pid, 'SIGKILL')
    expect((await get(web?.port ?? 0, '/')).body).toBe('up')
    expect((await primary.status()).listeners[1]?.refusal).toContain('is taken by')

    await squatter.close()
    await expect.poll(async () => (await primary.status()).listeners[1]?.refusal, { timeout: 10_000 }).toBeNull()
    expect((await get(squatter.port, '/')).body).toBe('up')
    expect(await primary.metrics()).toContain('framework0_gateway_listener_up{listener="taken"} 1')
  })

  it('is given up with its listener', async () => {
    const squatter = await listen(createServer())
    const primary = startPrimary()
    stack.push({ [Symbol.asyncDispose]: () => primary.close(200) })
    await primary.applyPartly({
      listeners: [{ name: 'taken', port: squatter.port, protocol: 'http' }],
      routes: [],
      backends: [],
    })
    await primary.apply({ listeners: [], routes: [], backends: [] })
    await squatter.close()
    await sleep(2_500)
    await expect(get(squatter.port, '/')).rejects.toThrow('ECONNREFUSED')
  })
})
