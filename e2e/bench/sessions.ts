import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { v7 as uuid } from 'uuid'
import { WebSocket } from 'ws'
import { startAccessTrial } from '#main/app/access-trial.ts'
import { startWebHost } from '#main/app/web-host.ts'
import { clientWire } from '#main/app/wires.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { type Caller, createCaller } from '#preload/contract/caller.ts'
import { percentile, type Row, residentMiB } from './measure.ts'

const sessions = 1_000
const callsEach = 20
/** As many as calls under way at once: people do not all click in the same millisecond. */
const atOnce = 50

type Target = { readonly port: number; readonly cookies: readonly string[] }
type Measured = {
  readonly connectedMs: number
  readonly latencies: readonly number[]
  readonly states: readonly string[]
}

/** The browsers, in a process of their own so that the memory and the time of the host are the host's. */
async function browse({ port, cookies }: Target): Promise<Measured> {
  const origin = `http://127.0.0.1:${port}`
  const began = performance.now()
  const callers: Caller[] = []
  for (let at = 0; at < cookies.length; at += atOnce)
    callers.push(
      ...(await Promise.all(
        cookies.slice(at, at + atOnce).map(async (cookie) => {
          const socket = new WebSocket(`ws://127.0.0.1:${port}/bridge`, { headers: { cookie, origin } })
          const caller = createCaller(clientWire(socket))
          await caller.call('access.me', {})
          return caller
        }),
      )),
    )
  const connectedMs = performance.now() - began
  process.send?.('connected')
  await new Promise((resolve) => process.once('message', resolve)) // the host takes its measure
  const latencies: number[] = []
  const states = new Set<string>()
  const queue = Array.from({ length: callsEach }, () => callers).flat()
  const worker = async (): Promise<void> => {
    for (let caller = queue.pop(); caller; caller = queue.pop()) {
      const asked = performance.now()
      const me = (await caller.call('access.me', {})) as { readonly state: string }
      latencies.push(performance.now() - asked)
      states.add(me.state)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  for (const caller of callers) caller.close()
  return { connectedMs, latencies, states: [...states] }
}

/** Identities and sessions as a sign-in leaves them, without asking a provider a thousand times. */
async function signInEverybody(trial: Awaited<ReturnType<typeof startAccessTrial>>, port: number) {
  const { access, enter } = trial
  const { id: provider } = await enter().api.putProvider({
    provider: { kind: 'ldap', name: 'Directory', url: 'ldap://127.0.0.1:1', startTls: false, baseDn: 'dc=x' },
  })
  await trial.set({ signInRequired: true, groupRoles: [{ group: '*', role: 'admin' }] })
  const keys: string[] = []
  const [way] = [enter({ via: 'browser' })]
  const live = access.sessions.find(((await way.api.me({})) as { session: string }).session)
  if (!live) throw new Error('There is no session to begin with.')
  for (let n = 0; n < sessions; n++) {
    const external = { provider: 'ldap', issuer: 'bench', subject: uuid(), name: `Person ${n}`, email: null } as const
    const told = { ...external, groups: ['sre'], authenticatedAt: Date.now(), secondFactor: false }
    const identity = await access.identities.arrived(told, provider, null)
    const owner = await access.identities.owner(identity.id)
    if (!owner) throw new Error('Somebody is missing.')
    keys.push((await access.sessions.arriveElsewhere(live, { owner, provider, secondFactorDone: true })).key)
  }
  return keys.map((key) => `framework0-${port}=${key}`)
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Kilobytes that are held, not merely not given back yet. */
const settledMemory = (): number => {
  for (let n = 0; n < 3; n++) collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 10
}

/** A thousand signed-in browsers at once on the server host: what each takes, and how long a call waits. */
export async function sessionRows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'framework0-sessions-'))
  const renderer = join(folder, 'renderer')
  mkdirSync(renderer)
  writeFileSync(join(renderer, 'index.html'), '')
  const trial = await startAccessTrial({
    path: join(folder, 'workspace.db'),
    clock: manualClock(Date.now()),
    checkOutputs: false,
  })
  const host = await startWebHost({
    listen: { address: '127.0.0.1', port: 0, tls: null, hosts: [] },
    renderer,
    router: trial.router,
    open: trial.access.openSession,
    readOnly: false,
    access: trial.web,
  })
  const port = Number(new URL(host.link()).port)
  const cookies = await signInEverybody(trial, port)
  const before = settledMemory()
  const browsers = fork(fileURLToPath(import.meta.url), ['browse'])
  browsers.send({ port, cookies } satisfies Target)
  let during = 0
  let resident = 0
  const measured = await new Promise<Measured>((resolve, reject) => {
    browsers.on('message', (message: unknown) => {
      if (message !== 'connected') return resolve(message as Measured)
      during = settledMemory()
      resident = residentMiB(process.pid)
      browsers.send('measured')
    })
    browsers.on('error', reject)
  })
  browsers.kill()
  await host.close()
  await trial.close()
  rmSync(folder, { recursive: true, force: true })
  if (measured.states.join() !== 'signed-in') throw new Error(`Not everybody is signed in: ${measured.states.join()}`)
  const { latencies, connectedMs } = measured
  const calls = `${percentile(latencies, 0.5).toFixed(1)} ms p50, ${percentile(latencies, 0.99).toFixed(1)} ms p99`
  return [
    {
      what: `${sessions} signed-in sessions connected to the server host`,
      ours: `${((during - before) / sessions).toFixed(0)} kB each (host ${resident.toFixed(0)} MiB in all), in ${(connectedMs / 1_000).toFixed(1)} s`,
      goal: '1,000 sessions',
    },
    { what: `A call of one of them, ${atOnce} at once`, ours: `${calls} (${latencies.length} calls)` },
  ]
}

if (process.argv[2] === 'browse')
  process.once('message', (target) => {
    browse(target as Target).then((measured) => process.send?.(measured))
  })
