import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { available } from '#e2e/app/peers/peer.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { dataFolder } from './data-folder.ts'
import { claim, claimOrFind, isRunning, socketPath } from './instance.ts'
import { places } from './places.ts'
import { collect, filesBelow, removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const soon = { timeout: 10_000, interval: 50 } as const
const source = join(import.meta.dirname, 'server.ts')
let folder: string
beforeEach(() => {
  folder = temporaryFolder('bad-day')
})
afterEach(() => removeFolder(folder))

const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

type Server = { readonly child: ChildProcess; readonly out: () => string; readonly ended: Promise<number | null> }

function startServer(path: string): Server {
  const child = spawn(process.execPath, [source, '--data', path], { env: { ...process.env, NODE_OPTIONS: '' } })
  children.add(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += chunk
    })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, out: () => text, ended }
}
const isReady = (server: Server) => () => server.out().includes('ready http')

/** Writes nonsense over part of a file. */
function damage(path: string, from: number, bytes: number): void {
  const content = readFileSync(path)
  content.fill('nonsense ', from, from + bytes)
  writeFileSync(path, content)
}

/** An application that has run here before, with something in every database. */
async function lived(): Promise<void> {
  const trial = await startTrial(folder)
  await expect.poll(async () => (await trial.api.metrics.host({}))?.cores, soon).toBeGreaterThan(0)
  await trial.api.operations.saveView({ screen: 'alerts', name: 'Mine', search: {} })
  await trial.close()
}

describe('a workspace', () => {
  const refused = async (): Promise<unknown> => startTrial(folder).catch((thrown: unknown) => thrown)

  it.each([
    ['whose first page is nonsense', (path: string) => damage(path, 0, 4_096)],
    ['with a page of nonsense inside', (path: string) => damage(path, 5 * 4_096, 4_096)],
    ['that was cut off', (path: string) => truncateSync(path, 3 * 4_096)],
  ])('%s is left as it is, and the newest backup is named', async (_, harm) => {
    await lived()
    const { workspace, backups } = dataFolder(folder)
    mkdirSync(backups, { recursive: true })
    const backup = join(backups, 'workspace-2026-01-01T00-00-00-000Z.db')
    writeFileSync(backup, readFileSync(workspace))
    harm(workspace)
    const before = readFileSync(workspace)
    expect(await refused()).toMatchObject({
      code: 'storage',
      message: expect.stringContaining('damaged'),
      hint: expect.stringContaining(backup),
    })
    expect(readFileSync(workspace).equals(before)).toBe(true)

    for (const suffix of ['', '-wal', '-shm']) rmSync(workspace + suffix, { force: true })
    writeFileSync(workspace, readFileSync(backup))
    const trial = await startTrial(folder)
    expect(await trial.api.operations.views({ screen: 'alerts' })).toMatchObject([{ name: 'Mine' }])
    await trial.close()
  })

  it('of a newer application is left as it is', async () => {
    await lived()
    const { workspace } = dataFolder(folder)
    const database = new Database(workspace)
    database.exec("insert into migration values (99, '0099-future', 'x', '2030-01-01T00:00:00.000Z')")
    database.close()
    const before = readFileSync(workspace)
    expect(await refused()).toMatchObject({ code: 'storage', message: expect.stringContaining('newer version') })
    expect(readFileSync(workspace).equals(before)).toBe(true)
    const server = startServer(folder)
    expect([await server.ended, server.out()]).toEqual([1, expect.stringContaining('Update the application')])
  })
})

describe.each(['history', 'metrics'] as const)('a damaged %s database', (name) => {
  it.each([
    ['nonsense from the beginning', (path: string) => writeFileSync(path, 'nonsense '.repeat(5_000))],
    ['a page of nonsense inside', (path: string) => damage(path, 4_096, 4_096)],
  ])('with %s is moved aside and told, and the application goes on', async (_, harm) => {
    await lived()
    const path = dataFolder(folder)[name]
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
    harm(path)
    const harmed = readFileSync(path)
    const trial = await startTrial(folder)
    const notices = async () => (await trial.api.operations.health({})).notices
    await expect
      .poll(notices, soon)
      .toMatchObject([{ severity: 'warning', text: expect.stringContaining(`${path} was damaged and was moved to`) }])
    const aside = readdirSync(folder).filter((file) => file.startsWith(`${name}.db.damaged-`))
    expect(aside).toHaveLength(1)
    expect(readFileSync(join(folder, aside[0] ?? '')).equals(harmed)).toBe(true)
    await expect.poll(async () => (await trial.api.metrics.host({}))?.cores, soon).toBeGreaterThan(0)
    expect((await trial.api.alerts.sources({})).map(({ status }) => status)).toEqual(['live'])
    expect(await trial.api.operations.views({ screen: 'alerts' })).toHaveLength(1)
    await trial.close()
    expect(trial.faults()).toEqual([])
  })
})

describe('a data folder', () => {
  it('is had by one at a time, and free again when that one is gone', async () => {
    const first = claim(folder)
    expect(first).not.toBeNull()
    expect([claim(folder), claim(folder)]).toEqual([null, null])
    await expect(claimOrFind(folder, 100)).rejects.toMatchObject({ code: 'unreachable', hint: expect.any(String) })
    await first?.listen()
    expect(await claimOrFind(folder, 100)).toBeNull()
    await first?.release()
    expect(await isRunning(socketPath(folder))).toBe(false)
    const second = claim(folder)
    expect(second).not.toBeNull()
    await second?.release()
  })

  it('with a path too long for a socket still has one, in an owner-only place', async () => {
    const long = join(folder, 'x'.repeat(120))
    const instance = claim(long)
    await instance?.listen()
    expect(socketPath(long).length).toBeLessThan(100)
    expect(await isRunning(socketPath(long))).toBe(true)
    await instance?.release()
  })

  it('left by kill -9 is taken over by exactly one of many that start at once', async () => {
    const killed = startServer(folder)
    await expect.poll(isReady(killed), soon).toBe(true)
    killed.child.kill('SIGKILL')
    await killed.ended
    expect(existsSync(socketPath(folder))).toBe(true)

    const started = [startServer(folder), startServer(folder), startServer(folder)]
    for (const server of started) await expect.poll(isReady(server), soon).toBe(true)
    const owners = started.filter((server) => !server.out().includes('already open'))
    expect(owners).toHaveLength(1)
    const ports = started.map((server) => new URL(/^ready (\S+)/m.exec(server.out())?.[1] ?? '').port)
    expect(new Set(ports).size).toBe(1)
    for (const { child } of owners) child.kill('SIGTERM')
    expect(await Promise.all(started.map(({ ended }) => ended))).toEqual([0, 0, 0])
  })
})

/** A file system of its own in the folder, so that it can be full or read-only without harm to the machine. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0
const mount = (options: string, path: string): void =>
  void execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path])
const unmount = (path: string): void => void execFileSync('umount', ['-l', path])

describe.runIf(mayMount)('a disk that is read-only', () => {
  it('is told in a sentence, for a new folder and for one that was lived in', async () => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    mount('size=32m', disk)
    try {
      const before = startServer(join(disk, 'lived'))
      await expect.poll(isReady(before), soon).toBe(true)
      before.child.kill('SIGTERM')
      await before.ended
      mkdirSync(join(disk, 'empty'))
      execFileSync('mount', ['-o', 'remount,ro', disk])
      for (const path of ['lived', 'empty', 'missing']) {
        const server = startServer(join(disk, path))
        expect(await server.ended).toBe(1)
        expect(server.out()).toMatch(/^The data folder .*cannot be (written|used).*\. (Check|Choose) .*\n$/)
      }
    } finally {
      unmount(disk)
    }
  })
})

describe.runIf(mayMount && available('prometheus-alertmanager'))('a disk that is full', () => {
  it('refuses changes, shows alerts all the same, loses nothing, and goes on when there is space', async () => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    mount('size=16m', disk)
    const peer = await startAlertmanager()
    const path = join(disk, 'data')
    let trial: Trial | undefined
    try {
      trial = await startTrial(path)
      const { api } = trial
      const connection = {
        name: 'AM',
        kind: 'alertmanager',
        environment: 'prod',
        auth: { kind: 'none' },
        tls: {},
      } as const
      const { id } = await api.connections.create({ ...connection, url: peer.url })
      const names = async () =>
        (await api.alerts.list({ environments: ['prod'], sort: { by: 'name', direction: 'ascending' } })).rows.flatMap(
          (row) => (row.kind === 'alert' ? [row.alert.name] : []),
        )
      await peer.post([{ labels: { alertname: 'Before' } }])
      await expect.poll(names, soon).toEqual(['Before'])
      const [before = ''] = await api.alerts.ids({ environments: ['prod'] })
      await api.alerts.acknowledge({ ids: [before], comment: 'kept' })

      fill(join(disk, 'ballast'))
      const refused: string[] = []
      for (let n = 0; n < 5; n++)
        await api.alerts
          .note({ ids: [before], text: `note ${n}` })
          .catch((thrown: { code: string; message: string }) => {
            expect(thrown).toMatchObject({ code: 'storage', retryable: true, message: expect.stringContaining('full') })
            refused.push(`note ${n}`)
          })
      expect(refused.length).toBeGreaterThan(0)
      await peer.post([{ labels: { alertname: 'During' } }])
      await expect.poll(names, soon).toEqual(['Before', 'During'])
      await expect.poll(async () => (await api.connections.get({ id })).state.error?.code, soon).toBe('storage')
      await expect(api.operations.saveView({ screen: 'a', name: 'x', search: {} })).rejects.toMatchObject({
        code: 'storage',
      })

      rmSync(join(disk, 'ballast'))
      await api.alerts.refresh({})
      await expect.poll(async () => (await api.connections.get({ id })).state.status, soon).toBe('connected')
      await api.operations.saveView({ screen: 'a', name: 'after', search: {} })
      expect(await faultsOfAudit({ api })).toEqual([])
      const during = await api.alerts.ids({ matchers: 'alertname="During"' })

      await trial.close()
      trial = await startTrial(path, { pollEveryMs: 3_600_000 })
      const noted = (await trial.api.alerts.activity({ id: before })).filter(({ kind }) => kind === 'noted')
      const accepted = [0, 1, 2, 3, 4].map((n) => `note ${n}`).filter((text) => !refused.includes(text))
      expect(noted.map(({ text }) => text)).toEqual(expect.arrayContaining(accepted))
      const acknowledged = await trial.api.alerts.get({ id: before })
      expect(acknowledged).toMatchObject({ state: 'acknowledged', acknowledgement: { comment: 'kept' } })
      expect(await trial.api.operations.views({ screen: 'a' })).toMatchObject([{ name: 'after' }])
      const { periods } = await trial.api.alerts.history({ id: during[0] ?? '' })
      expect(periods.map(({ state }) => state)).toEqual(['firing'])
      expect(await faultsOfAudit(trial)).toEqual([])
    } finally {
      await trial?.close()
      await peer.stop()
      unmount(disk)
    }
  })
})

/** What a verification of the audit log finds, after looking at every entry. */
async function faultsOfAudit({ api }: Pick<Trial, 'api'>) {
  const verdict = (await collect(api.audit.verify({}))).at(-1)
  expect(verdict).toMatchObject({ checked: verdict?.size })
  expect(verdict?.size).toBeGreaterThan(0)
  return verdict?.problems
}

/** Takes every byte that is left. */
function fill(path: string): void {
  for (const size of [1 << 20, 1 << 12, 1])
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' })
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'ENOSPC' })
    }
}

describe('a telemetry worker that dies', () => {
  it('is said to everybody who asks for it, and the rest goes on', async () => {
    const worker = join(folder, 'dying-worker.mjs')
    const real = places(import.meta.filename)
    writeFileSync(worker, `await import(${JSON.stringify(real.worker)}); setTimeout(() => process.exit(7), 1500)`)
    const data = join(folder, 'data')
    const trial = await startTrial(data, { places: { ...real, worker } })
    const gone = { code: 'internal', message: expect.stringContaining('watches alerts'), hint: expect.any(String) }
    await expect.poll(() => trial.api.alerts.list({}).catch((thrown: unknown) => thrown), soon).toMatchObject(gone)
    await expect(trial.api.metrics.host({})).rejects.toMatchObject(gone)
    await trial.api.operations.saveView({ screen: 'alerts', name: 'Mine', search: {} })
    expect(await faultsOfAudit(trial)).toEqual([])
    expect((await trial.api.operations.health({})).notices).toMatchObject([
      { severity: 'critical', text: expect.stringContaining('Restart the application') },
    ])
    await trial.close()
    expect(trial.faults().join()).toContain('telemetry worker stopped')
  })

  it('before it has begun keeps the application from starting, with the reason', async () => {
    const worker = join(folder, 'broken-worker.mjs')
    writeFileSync(worker, 'throw new Error("no such luck")')
    const data = join(folder, 'data')
    const started = startTrial(data, { places: { ...places(import.meta.filename), worker } })
    await expect(started).rejects.toMatchObject({ code: 'internal', hint: expect.stringContaining('log') })
    expect(readFileSync(dataFolder(data).log, 'utf8')).toContain('no such luck')
  })

  it('while it hangs does not keep the application from quitting', async () => {
    const worker = join(folder, 'hanging-worker.mjs')
    const real = places(import.meta.filename)
    writeFileSync(worker, `await import(${JSON.stringify(real.worker)}); setTimeout(() => { for (;;); }, 700)`)
    const trial = await startTrial(join(folder, 'data'), { places: { ...real, worker } })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await trial.close()
  })
})

describe('a clock that jumps', () => {
  it('backwards or forwards leaves the audit log whole and silences true to it', async () => {
    const clock = manualClock(Date.UTC(2026, 5, 1, 12))
    const trial = await startTrial(folder, { clock })
    const matchers = [{ name: 'a', value: 'b', isRegex: false, isEqual: true }]
    const endsAt = '2026-06-01T13:00:00.000Z'
    const draft = { target: 'local', matchers, startsAt: '2026-06-01T12:00:00.000Z', endsAt, comment: 'x' }
    const states = async () =>
      (await trial.api.silences.list({ states: ['active', 'pending', 'expired'] })).silences.map(({ state }) => state)
    await trial.api.silences.create(draft)
    expect(await states()).toEqual(['active'])
    clock.set(Date.UTC(2026, 5, 1, 11))
    expect(await states()).toEqual(['pending'])
    await trial.api.operations.saveView({ screen: 'alerts', name: 'back', search: {} })
    clock.set(Date.UTC(2026, 5, 1, 14))
    expect(await states()).toEqual(['expired'])
    await expect(trial.api.silences.create(draft)).rejects.toMatchObject({ code: 'invalid', at: 'endsAt' })
    const { entries } = await trial.api.audit.list({})
    expect(entries.map(({ at }) => at.slice(11, 13))).toEqual(['14', '11', '12'])
    expect(await faultsOfAudit(trial)).toEqual([])
    await trial.close()
  })
})

it('a start that fails leaves nothing running and nothing half made', async () => {
  await lived()
  const { workspace } = dataFolder(folder)
  damage(workspace, 0, 4_096)
  const before = filesBelow(folder).sort()
  await expect(startTrial(folder)).rejects.toMatchObject({ code: 'storage' })
  expect(filesBelow(folder).sort()).toEqual(before)
})
