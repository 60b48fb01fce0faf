import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { systemClock } from '#main/kernel/clock.ts'
import { identify, isAlive } from './identity.ts'
import type { ProcessSpec } from './spec.ts'
import { createSupervisor, type Supervisor } from './supervisor.ts'

let folder: string
let supervisor: Supervisor
const create = (): Supervisor => createSupervisor({ folder, clock: systemClock, onChange: () => {} })
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 15_000, interval: 25 })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framework0-supervisor-'))
  supervisor = create()
})
afterEach(async () => {
  await Promise.all(supervisor.list({ prefix: '' }).map(({ key }) => supervisor.stop({ key })))
  supervisor.release()
  rmSync(folder, { recursive: true, force: true })
})

const server = `require('node:http').createServer((q, s) => s.end(process.env.GREETING ?? 'hello'))
  .listen(process.env.PORT, process.env.HOST)`

const spec = (key: string, script: string, change: Partial<ProcessSpec> = {}): ProcessSpec => ({
  ...{ key, command: [process.execPath, '-e', script], cwd: folder, env: {}, secretEnv: {} },
  health: { path: '/', intervalMs: 100, timeoutMs: 500, healthyAfter: 1, unhealthyAfter: 2, startWithinMs: 5_000 },
  ...{ restart: 'always', stopGraceMs: 2_000, limits: { memoryBytes: null, cpuPercent: null }, ...change },
})
const stateOf = (key: string) => supervisor.list({ prefix: key })[0]
const ready = (key: string) => until(() => expect(stateOf(key)).toMatchObject({ phase: 'ready', reason: null }))

it('runs a process once, says when it answers, and ends it and its children', async () => {
  await supervisor.ensure(spec('web', server))
  await ready('web')
  const first = stateOf('web')
  await supervisor.ensure(spec('web', server))
  expect(stateOf('web')).toEqual(first)
  expect(await (await fetch(`http://127.0.0.1:${first?.port}/`)).text()).toBe('hello')
  const process = identify(first?.pid ?? 0)
  expect(await supervisor.stop({ key: 'web' })).toMatchObject({ stopped: { phase: 'stopped', reason: null } })
  expect(isAlive(process)).toBe(false)
})

it('refuses another description under a key that runs', async () => {
  await supervisor.ensure(spec('web', server))
  await expect(supervisor.ensure(spec('web', `${server} `))).rejects.toMatchObject({ code: 'conflict' })
})

it('passes secrets to the process and writes them nowhere', async () => {
  await supervisor.ensure(spec('web', server, { secretEnv: { GREETING: 'sesame' } }))
  await ready('web')
  expect(await (await fetch(`http://127.0.0.1:${stateOf('web')?.port}/`)).text()).toBe('sesame')
  const { readdirSync } = await import('node:fs')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
  expect(files.length).toBeGreaterThan(1)
  for (const file of files) expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain('sesame')
})

it('starts again what was killed', async () => {
  await supervisor.ensure(spec('web', server))
  await ready('web')
  const before = stateOf('web')
  process.kill(before?.pid ?? 0, 'SIGKILL')
  await until(() => expect(stateOf('web')).toMatchObject({ phase: 'ready', restarts: 1, port: before?.port }))
  expect(stateOf('web')?.pid).not.toBe(before?.pid)
})

it('leaves a process alone that ends again and again, and repeats its last words', async () => {
  await supervisor.ensure(spec('bad', `console.error('no database'); process.exit(3)`))
  await until(() => expect(stateOf('bad')?.phase).toBe('flapping'))
  expect(stateOf('bad')?.reason).toMatch(/ended 6 times .* never ready.* code 3\. Its last words: no database/)
})

it('says that a program is missing', async () => {
  await supervisor.ensure(spec('none', '', { command: ['/no/such/program'] }))
  await until(() => expect(stateOf('none')?.phase).toBe('failed'))
  expect(stateOf('none')?.reason).toMatch(/^\/no\/such\/program cannot be started: there is no such program/)
})

it('kills a process that ignores SIGTERM, and says so', async () => {
  await supervisor.ensure(spec('deaf', `process.on('SIGTERM', () => {}); ${server}`, { stopGraceMs: 200 }))
  await ready('deaf')
  const { stopped } = await supervisor.stop({ key: 'deaf' })
  expect(stopped).toMatchObject({ phase: 'stopped', reason: 'It ignored SIGTERM for 200 ms and was killed.' })
})

it('says that a process stopped answering, and that it answers again', async () => {
  const flag = join(folder, 'ill')
  const script = `require('node:http').createServer((q, s) => { s.statusCode = require('node:fs').existsSync(${JSON.stringify(flag)}) ? 500 : 200; s.end() }).listen(process.env.PORT)`
  await supervisor.ensure(spec('web', script))
  await ready('web')
  writeFileSync(flag, '')
  await until(() => expect(stateOf('web')).toMatchObject({ phase: 'unhealthy', reason: '/ answered 500.' }))
  rmSync(flag)
  await ready('web')
})

it('takes up, as they are, the processes that an earlier supervisor left, and starts those that ended', async () => {
  await supervisor.ensure(spec('kept', server))
  await supervisor.ensure(spec('lost', server))
  await ready('kept')
  await ready('lost')
  const [kept, lost] = [stateOf('kept'), stateOf('lost')]
  supervisor.release()
  process.kill(lost?.pid ?? 0, 'SIGKILL')
  await until(() => expect(isAlive({ pid: lost?.pid ?? 0, startTicks: null })).toBe(false))
  supervisor = create()
  await ready('kept')
  await ready('lost')
  expect(stateOf('kept')).toMatchObject({ pid: kept?.pid, port: kept?.port })
  expect(stateOf('lost')?.pid).not.toBe(lost?.pid)
  process.kill(kept?.pid ?? 0, 'SIGKILL')
  await until(() => expect(stateOf('kept')).toMatchObject({ phase: 'ready', restarts: 1 }))
})

it('keeps what a process writes', async () => {
  await supervisor.ensure(spec('talk', `console.log('one'); console.error('two'); ${server}`))
  await ready('talk')
  const { text, next } = await supervisor.output({ key: 'talk' })
  expect(text).toBe('one\ntwo\n')
  expect(await supervisor.output({ key: 'talk', from: next })).toEqual({ text: '', next })
})
