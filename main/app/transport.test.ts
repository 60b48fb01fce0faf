import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { fixedSession, personalCaller } from '#main/kernel/access/caller.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { silentLog } from '#main/kernel/log/log.ts'
import { serve } from '#main/kernel/service.ts'
import { type Caller, createCaller, createClient } from '#preload/contract/caller.ts'
import { command, defineContract, nothing, query, secret, stream } from '#preload/contract/define.ts'
import { AppError } from '#preload/contract/error.ts'
import type { ClientFrame, ServerFrame } from '#preload/contract/wire.ts'
import { loadPolicy } from './load-policy.ts'
import { connectLocally } from './local-caller.ts'
import { createRouter, type Router } from './router.ts'
import { serveSession } from './session.ts'
import { serveBridge } from './web-host.ts'
import { asMainPort, clientWire, portWire } from './wires.ts'

const trial = defineContract({
  area: 'observability',
  capability: 'trial',
  summary: 'Operations of this test.',
  operations: {
    echo: query({ summary: 'Answers its input.', input: z.object({ text: z.string() }), output: z.string() }),
    hang: query({ summary: 'Answers when cancelled.', input: nothing, output: z.string() }),
    fail: query({ summary: 'Fails.', input: z.object({ how: z.enum(['known', 'unknown']) }), output: z.string() }),
    wrong: query({ summary: 'Breaks its contract.', input: nothing, output: z.string() }),
    change: command({ summary: 'Changes.', input: z.object({ password: secret() }), output: z.string() }),
    count: stream({ summary: 'Counts.', input: z.object({ to: z.number() }), output: z.number() }),
    bytes: stream({ summary: 'Chunks.', input: z.object({ chunks: z.number() }), output: z.instanceof(Uint8Array) }),
    forever: stream({ summary: 'Never ends.', input: nothing, output: z.number() }),
    breaks: stream({ summary: 'Fails after one.', input: nothing, output: z.number() }),
  },
})

const admin = personalCaller('ana', 'browser', 's')
const entries: { operation: string; outcome: string; input?: unknown }[] = []
const produced = { forever: 0, stopped: 0, aborted: 0 }

function makeRouter(): Router {
  return createRouter({
    log: silentLog,
    clock: systemClock,
    policy: loadPolicy(join(import.meta.dirname, '../../resources'), { more: [trial] }),
    checkOutputs: true,
    audit: {
      begin: async (attempt) => ({ ...attempt, at: '' }),
      finish: async (intent, { outcome }) => {
        entries.push({ operation: intent.operation, outcome, input: intent.input })
        return {} as never
      },
      refuse: async ({ operation }) => {
        entries.push({ operation, outcome: 'forbidden' })
        return {} as never
      },
      recover: async () => 0,
      onAppend: () => () => {},
    },
    services: [
      serve(trial, {
        echo: ({ text }) => text,
        hang: (_, { signal }) =>
          new Promise((_, reject) =>
            signal.addEventListener('abort', () => {
              produced.aborted++
              reject(signal.reason)
            }),
          ),
        fail: ({ how }) => {
          throw how === 'known' ? new AppError('refused', 'No.', { hint: 'Ask.' }) : new Error('token=abc123')
        },
        wrong: () => 7 as unknown as string,
        change: () => 'changed',
        async *count({ to }) {
          for (let n = 1; n <= to; n++) yield n
        },
        async *bytes({ chunks }) {
          for (let n = 0; n < chunks; n++) yield new Uint8Array(1_000).fill(n)
        },
        async *forever() {
          try {
            for (;;) yield produced.forever++
          } finally {
            produced.stopped++
          }
        },
        async *breaks() {
          yield 1
          throw new AppError('timeout', 'Too slow.')
        },
      }),
    ],
  })
}

type Transport = { readonly name: string; readonly open: () => Promise<{ caller: Caller; cut: () => void }> }
const router = makeRouter()
const server = createServer()

const transports: readonly Transport[] = [
  {
    name: 'WebSocket',
    open: async () => {
      const { port } = server.address() as AddressInfo
      const socket = new WebSocket(`ws://127.0.0.1:${port}/bridge`)
      return { caller: createCaller(clientWire(socket)), cut: () => socket.terminate() }
    },
  },
  {
    name: 'MessagePort',
    open: async () => {
      const { port1, port2 } = new MessageChannel()
      serveSession(portWire(asMainPort(port2)), fixedSession(admin), router)
      const caller = createCaller({
        send: (frame: ClientFrame) => port1.postMessage(frame),
        listen: ({ frame, close }) => {
          port1.on('message', (message: ServerFrame) => frame(message))
          port1.on('close', close)
        },
        close: () => port1.close(),
      })
      return { caller, cut: () => port2.close() }
    },
  },
  {
    name: 'the same process',
    open: async () => {
      const caller = connectLocally(router, fixedSession(admin))
      return { caller, cut: caller.close }
    },
  },
]

beforeAll(async () => {
  serveBridge(server, router, () => ({ session: fixedSession(admin) }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

describe.each(transports)('the bridge over $name', ({ open }) => {
  const connect = async () => {
    const { caller, cut } = await open()
    return { client: createClient(trial, caller), caller, cut }
  }

  it('answers many calls at once, each with its own', async () => {
    const { client, caller } = await connect()
    const texts = Array.from({ length: 200 }, (_, n) => `text ${n} – ü 🚒`)
    expect(await Promise.all(texts.map((text) => client.echo({ text })))).toEqual(texts)
    caller.close()
  })

  it('carries a failure with its code, hint and correlation id', async () => {
    const { client, caller } = await connect()
    await expect(client.fail({ how: 'known' })).rejects.toMatchObject({
      code: 'refused',
      message: 'No.',
      hint: 'Ask.',
      correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    caller.close()
  })

  it('keeps the text of an unexpected failure inside', async () => {
    const { client, caller } = await connect()
    const error = await client.fail({ how: 'unknown' }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'internal' })
    expect(JSON.stringify((error as AppError).toShape())).not.toContain('abc123')
    caller.close()
  })

  it('refuses bad input with its place, and unknown operations', async () => {
    const { caller } = await connect()
    await expect(caller.call('trial.echo', { text: 5 })).rejects.toMatchObject({ code: 'invalid', at: 'text' })
    await expect(caller.call('trial.nothing', {})).rejects.toMatchObject({ code: 'not_found' })
    await expect(caller.call('trial.count', { to: 1 })).rejects.toMatchObject({ code: 'invalid' })
    await expect(caller.call('__proto__', {})).rejects.toMatchObject({ code: 'not_found' })
    caller.close()
  })

  it('notices an answer that breaks the contract', async () => {
    const { client, caller } = await connect()
    await expect(client.wrong({})).rejects.toMatchObject({ code: 'internal' })
    caller.close()
  })

  it('cancels a call on both sides', async () => {
    const { client, caller } = await connect()
    await client.echo({ text: 'open' })
    const abort = new AbortController()
    const before = produced.aborted
    const answer = client.hang({}, { signal: abort.signal })
    setTimeout(() => abort.abort(), 20)
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' })
    await vi.waitFor(() => expect(produced.aborted).toBe(before + 1))
    caller.close()
  })

  it('streams in order and ends', async () => {
    const { client, caller } = await connect()
    const got: number[] = []
    for await (const n of client.count({ to: 1_000 })) got.push(n)
    expect(got).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1))
    caller.close()
  })

  it('streams binary chunks as bytes', async () => {
    const { client, caller } = await connect()
    let n = 0
    for await (const chunk of client.bytes({ chunks: 100 })) {
      expect(chunk).toBeInstanceOf(Uint8Array)
      expect([chunk.length, chunk[0], chunk[999]]).toEqual([1_000, n, n])
      n++
    }
    expect(n).toBe(100)
    caller.close()
  })

  it('produces no more than the reader takes, and stops when the reader does', async () => {
    const { client, caller } = await connect()
    produced.forever = 0
    const stopped = produced.stopped
    let taken = 0
    for await (const _ of client.forever({})) {
      if (++taken < 10) continue
      await new Promise((resolve) => setTimeout(resolve, 100))
      break
    }
    expect(produced.forever).toBeLessThan(200)
    await vi.waitFor(() => expect(produced.stopped).toBe(stopped + 1))
    caller.close()
  })

  it('carries the failure of a stream after its items', async () => {
    const { client, caller } = await connect()
    const got: number[] = []
    const read = async () => {
      for await (const n of client.breaks({})) got.push(n)
    }
    await expect(read()).rejects.toMatchObject({ code: 'timeout', message: 'Too slow.' })
    expect(got).toEqual([1])
    caller.close()
  })

  it('stops everything when the caller goes away', async () => {
    const { client, caller } = await connect()
    const stopped = produced.stopped
    const items = client.forever({})[Symbol.asyncIterator]()
    await items.next()
    caller.close()
    await vi.waitFor(() => expect(produced.stopped).toBe(stopped + 1))
    await expect(client.echo({ text: 'late' })).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('fails what waits when the wire is cut, without trying again', async () => {
    const { client, cut } = await connect()
    await client.echo({ text: 'open' })
    const waiting = client.hang({})
    cut()
    await expect(waiting).rejects.toMatchObject({ code: 'unreachable', retryable: false })
  })

  it('audits a command with its secrets hidden', async () => {
    const { client, caller } = await connect()
    entries.length = 0
    expect(await client.change({ password: 'hunter2' })).toBe('changed')
    expect(entries).toEqual([{ operation: 'trial.change', outcome: 'succeeded', input: { password: '[secret]' } }])
    caller.close()
  })
})

describe('a WebSocket that does not speak the bridge', () => {
  it.each([
    'not json',
    '[]',
    '{"t":"call"}',
    '{"t":"open","id":1,"op":"trial.forever","credit":-1}',
    '{"t":"credit","id":1,"n":1e9}',
  ])('is closed: %s', async (text) => {
    const { port } = server.address() as AddressInfo
    const socket = new WebSocket(`ws://127.0.0.1:${port}/bridge`)
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    socket.on('open', () => socket.send(text))
    expect(await closed).toBe(1002)
  })
})

describe('a viewer', () => {
  it('reads, is refused every command, and the refusal is audited', async () => {
    const caller = connectLocally(router, fixedSession({ ...admin, roles: ['viewer'] }))
    const client = createClient(trial, caller)
    expect(await client.echo({ text: 'x' })).toBe('x')
    entries.length = 0
    await expect(client.change({ password: 'hunter2' })).rejects.toMatchObject({ code: 'forbidden' })
    expect(entries).toEqual([{ operation: 'trial.change', outcome: 'forbidden' }])
  })
})

describe('a caller that went away before its call arrived', () => {
  it('has nothing begun for it', async () => {
    entries.length = 0
    const change = await router.call(admin, 'trial.change', { password: 'x' }, AbortSignal.abort())
    const hang = await router.call(admin, 'trial.hang', {}, AbortSignal.abort())
    expect([change, hang]).toMatchObject([{ error: { code: 'cancelled' } }, { error: { code: 'cancelled' } }])
    expect(entries).toEqual([])
  })
})
