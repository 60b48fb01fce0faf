import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MessageChannel } from 'node:worker_threads'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { contracts } from '#preload/app/contracts.ts'
import { type Caller, createCaller } from '#preload/contract/caller.ts'
import type { Operation } from '#preload/contract/define.ts'
import type { ServerFrame } from '#preload/contract/wire.ts'
import { serveSession } from './session.ts'
import { removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'
import { serveBridge } from './web-host.ts'
import { asMainPort, clientWire, portWire } from './wires.ts'

const folder = temporaryFolder('viewer')
const server = createServer()
let trial: Trial

beforeAll(async () => {
  trial = await startTrial(folder)
  serveBridge(server, trial.application.router, () => ({ session: viewer() }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.close()
  await trial.close()
  removeFolder(folder)
})

const viewer = () =>
  trial.application.openSession({ via: 'browser', key: 'wall', source: null, readOnly: true, invited: true })

const overSocket = (): Caller =>
  createCaller(clientWire(new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/bridge`)))

function overPort(): Caller {
  const { port1, port2 } = new MessageChannel()
  serveSession(portWire(asMainPort(port2)), viewer(), trial.application.router)
  return createCaller({
    send: (frame) => port1.postMessage(frame),
    listen: ({ frame, close }) => {
      port1.on('message', (message: ServerFrame) => frame(message))
      port1.on('close', close)
    },
    close: () => port1.close(),
  })
}

const commands = Object.values(contracts).flatMap(({ capability, operations }) =>
  Object.entries(operations as Readonly<Record<string, Operation>>).flatMap(([name, { kind, access }]) =>
    kind === 'command' && !access.includes('open') ? [`${capability}.${name}`] : [],
  ),
)

it.each([
  ['a WebSocket', overSocket],
  ['a message port', overPort],
])(
  'a viewer who calls every command by hand over %s is forbidden each, and each is written down',
  async (_, connect) => {
    const before = (await trial.api.audit.list({ outcome: 'forbidden', limit: 1 })).total
    const caller = connect()
    const refusals = await Promise.all(
      commands.map((op) =>
        caller.call(op, {}).then(
          () => `${op} was carried out`,
          (thrown: { code: string }) => `${op} ${thrown.code}`,
        ),
      ),
    )
    caller.close()
    expect(refusals).toEqual(commands.map((op) => `${op} forbidden`))
    const { total, entries } = await trial.api.audit.list({ outcome: 'forbidden', limit: 1_000 })
    expect(total - before).toBe(commands.length)
    const written = entries.slice(0, commands.length).map(({ operation }) => operation)
    expect(written.toSorted()).toEqual(commands.toSorted())
  },
)
