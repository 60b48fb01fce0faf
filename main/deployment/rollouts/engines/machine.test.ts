import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { removeFolder, temporaryFolder } from '#main/app/trial.ts'
import { createSupervisor, type Supervisor } from '#main/engines/supervisor/supervisor.ts'
import { systemClock } from '#main/kernel/clock.ts'
import type { Target, Workload } from '../engine.ts'
import { machineTarget } from './machine.ts'

let folder: string
let supervisor: Supervisor
let target: Target

beforeEach(() => {
  folder = temporaryFolder('machine')
  supervisor = createSupervisor({ folder, clock: systemClock, onChange: () => {} })
  target = machineTarget({
    ensure: supervisor.ensure,
    processes: async (input) => supervisor.list(input),
    remove: supervisor.remove,
    stop: supervisor.stop,
    output: supervisor.output,
  })
})
afterEach(async () => {
  await Promise.all(supervisor.list({ prefix: '' }).map(({ key }) => supervisor.stop({ key })))
  supervisor.release()
  removeFolder(folder)
})

const program = `require('node:http').createServer((q, s) => s.end(process.env.GREETING)).listen(process.env.PORT, process.env.HOST)`
const name = { environment: 'staging', service: 'checkout' }
const workload = (version: string, change: Partial<Workload> = {}): Workload => ({
  ...{ ...name, version, command: [process.execPath, '-e', program], folder, digest: version },
  ...{ env: { GREETING: 'hello' }, secretEnv: {}, healthPath: '/', stopGraceSeconds: 2 },
  ...{ memoryMegabytes: null, cpuPercent: null, ...change },
})
const { signal } = new AbortController()
const pids = () => supervisor.list({ prefix: '' }).map(({ key, pid }) => [key, pid] as const)
const ready = (version: string, count: number) =>
  vi.waitFor(
    async () => {
      const instances = await target.observe({ ...name, version })
      expect(instances.filter((each) => each.ready)).toHaveLength(count)
    },
    { timeout: 15_000 },
  )

it('ends what an interruption left of versions that are not meant to run, and nothing else', async () => {
  await target.scale(workload('1'), 2, signal)
  await target.scale(workload('2'), 1, signal)
  await target.scale(workload('1', { service: 'other' }), 1, signal)
  await ready('1', 2)
  const before = pids().filter(([key]) => !key.includes('checkout/2'))
  await target.sweep(name, ['1'])
  expect(pids()).toEqual(before)
})

it('lets run what runs with another configuration, until it has ended', async () => {
  await target.scale(workload('1'), 1, signal)
  await ready('1', 1)
  const before = pids()
  const changed = workload('1', { env: { GREETING: 'good day' } })
  await target.scale(changed, 1, signal)
  expect(pids()).toEqual(before)
  await supervisor.stop({ key: before[0]?.[0] ?? '' })
  await target.scale(changed, 1, signal)
  await ready('1', 1)
  const [{ endpoint } = { endpoint: null }] = await target.observe({ ...name, version: '1' })
  expect(await (await fetch(`http://127.0.0.1:${endpoint?.port}/`)).text()).toBe('good day')
})

it('tells of an instance that was started again how it ended, and that it may end again', async () => {
  const script = "console.error('no database'); setTimeout(() => process.exit(3), 200)"
  const broken = workload('3', { command: [process.execPath, '-e', script], healthPath: null })
  await target.scale(broken, 1, signal)
  await vi.waitFor(
    async () => {
      const [instance] = await target.observe({ ...name, version: '3' })
      expect(instance?.restarts).toBeGreaterThan(0)
      expect(instance).toMatchObject({ flaps: true, lastEnd: { how: 'exit code 3', lastLine: 'no database' } })
    },
    { timeout: 15_000 },
  )
})

it('says which instance of which version ignored the signal to end', async () => {
  const script = `process.on('SIGTERM', () => {}); ${program}`
  const deaf = { command: [process.execPath, '-e', script], stopGraceSeconds: 1 }
  await target.scale(workload('4', deaf), 1, signal)
  await ready('4', 1)
  const said = 'Instance 0 of 4 ignored SIGTERM for 1000 ms and was killed.'
  expect(await target.remove({ ...name, version: '4' })).toEqual([said])
})
