import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { loadPolicy } from '#main/app/load-policy.ts'
import { createRouter } from '#main/app/router.ts'
import { serveSession } from '#main/app/session.ts'
import { serveBridge } from '#main/app/web-host.ts'
import { asMainPort, clientWire, portWire } from '#main/app/wires.ts'
import { fixedSession, personalCaller } from '#main/kernel/access/caller.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { silentLog } from '#main/kernel/log/log.ts'
import { serve } from '#main/kernel/service.ts'
import { type Caller, createCaller } from '#preload/contract/caller.ts'
import { defineContract, query, stream } from '#preload/contract/define.ts'
import type { ServerFrame } from '#preload/contract/wire.ts'
import { type Row, show, spread } from './measure.ts'

const runs = 5
const callsPerRun = 2_000
const chunk = new Uint8Array(64 * 1024)
const chunksPerRun = 2_000

const trial = defineContract({
  area: 'bench',
  capability: 'trial',
  summary: 'What is measured.',
  operations: {
    echo: query({ summary: 'Echo.', input: z.object({ text: z.string() }), output: z.string() }),
    bytes: stream({ summary: 'Bytes.', input: z.object({ chunks: z.number() }), output: z.instanceof(Uint8Array) }),
  },
})

const identity = personalCaller('bench', 'application', 'bench')
const router = createRouter({
  log: silentLog,
  clock: systemClock,
  policy: loadPolicy(join(import.meta.dirname, '../../resources'), { more: [trial] }),
  audit: {
    begin: () => Promise.reject(new Error('No commands here.')),
    finish: () => Promise.reject(new Error('No commands here.')),
    refuse: () => Promise.reject(new Error('No commands here.')),
    recover: async () => 0,
    onAppend: () => () => {},
  },
  services: [
    serve(trial, {
      echo: ({ text }) => text,
      async *bytes({ chunks }) {
        for (let n = 0; n < chunks; n++) yield chunk
      },
    }),
  ],
})

async function perSecond(count: number, work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return (count / (performance.now() - began)) * 1000
}

async function repeat(measure: () => Promise<number>): Promise<ReturnType<typeof spread>> {
  await measure()
  const values: number[] = []
  for (let run = 0; run < runs; run++) values.push(await measure())
  return spread(values)
}

const calls = (caller: Caller) =>
  repeat(() =>
    perSecond(callsPerRun, async () => {
      for (let n = 0; n < callsPerRun; n++) await caller.call('trial.echo', { text: 'hello' })
    }),
  )

const throughput = (caller: Caller) =>
  repeat(async () => {
    const rate = await perSecond(chunksPerRun, async () => {
      for await (const _ of caller.open('trial.bytes', { chunks: chunksPerRun }));
    })
    return (rate * chunk.byteLength) / 2 ** 20
  })

/** A bare channel: the same text there and back, one after the other, with nothing of ours. */
function bareCalls(post: (text: string) => void, onMessage: (listener: () => void) => void) {
  let answered = (): void => {}
  onMessage(() => answered())
  return repeat(() =>
    perSecond(callsPerRun, async () => {
      for (let n = 0; n < callsPerRun; n++)
        await new Promise<void>((resolve) => {
          answered = resolve
          post('{"t":"call","id":1,"op":"trial.echo","input":{"text":"hello"}}')
        })
    }),
  )
}

/** Contract round trips and stream throughput on both transports, each beside its bare channel. */
export async function transportRows(): Promise<Row[]> {
  const server = createServer()
  serveBridge(server, router, () => ({ session: fixedSession(identity) }))
  const bare = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const bareServer = createServer()
  bareServer.on('upgrade', (request, socket, head) =>
    bare.handleUpgrade(request, socket, head, (opened) => opened.on('message', (data) => opened.send(String(data)))),
  )
  await Promise.all([listen(server), listen(bareServer)])

  const overSocket = createCaller(clientWire(new WebSocket(`ws://127.0.0.1:${portOf(server)}/bridge`)))
  const bareSocket = new WebSocket(`ws://127.0.0.1:${portOf(bareServer)}/`)
  await new Promise((resolve) => bareSocket.once('open', resolve))
  const { port1, port2 } = new MessageChannel()
  serveSession(portWire(asMainPort(port2)), fixedSession(identity), router)
  const overPort = createCaller(wireOf(port1))
  const barePort = new MessageChannel()
  barePort.port2.on('message', (text: unknown) => barePort.port2.postMessage(text))

  const rows: Row[] = [
    {
      what: 'Contract round trips over a WebSocket',
      ours: show(await calls(overSocket), '/s'),
      peer: `bare ws: ${show(
        await bareCalls(
          (text) => bareSocket.send(text),
          (listener) => bareSocket.on('message', listener),
        ),
        '/s',
      )}`,
    },
    {
      what: 'Contract round trips over a message port',
      ours: show(await calls(overPort), '/s'),
      peer: `bare port: ${show(
        await bareCalls(
          (text) => barePort.port1.postMessage(text),
          (listener) => barePort.port1.on('message', listener),
        ),
        '/s',
      )}`,
    },
    { what: 'Stream of 64 KiB chunks over a WebSocket', ours: show(await throughput(overSocket), 'MiB/s') },
    { what: 'Stream of 64 KiB chunks over a message port', ours: show(await throughput(overPort), 'MiB/s') },
  ]
  overSocket.close()
  overPort.close()
  bareSocket.close()
  barePort.port1.close()
  server.close()
  bareServer.close()
  return rows
}

const listen = (server: ReturnType<typeof createServer>): Promise<void> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const portOf = (server: ReturnType<typeof createServer>): number => (server.address() as AddressInfo).port

const wireOf = (port: MessagePort) => ({
  send: (frame: unknown) => port.postMessage(frame),
  listen: ({ frame, close }: { frame: (frame: ServerFrame) => void; close: () => void }) => {
    port.on('message', frame)
    port.on('close', close)
  },
  close: () => port.close(),
})
