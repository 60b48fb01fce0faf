import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Authority, createAuthority } from '#e2e/app/peers/certificates.ts'
import { type PostgresPeer, postgresAvailable, startPostgres } from '#e2e/app/peers/postgres.ts'
import type { Keychain } from '#main/kernel/vault/vault.ts'
import type { TeamSettings, WorkspaceChange, WorkspaceStatus, WorkspaceStep } from '#preload/lifecycle/workspace.ts'
import { filesWith, removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const soon = { timeout: 15_000, interval: 50 } as const
const passphrase = 'correct horse battery'

/** What a whole verification of the audit log ends with. */
async function verified({ audit }: Trial['api']): Promise<string> {
  let state = ''
  for await (const told of audit.verify({})) state = told.state
  return state
}

/** Reversible, as a keychain is for its owner. */
const keychain: Keychain = {
  unavailable: async () => null,
  protect: async (text) => Buffer.from(text).reverse().toString('hex'),
  reveal: async (sealed) => Buffer.from(sealed, 'hex').reverse().toString(),
}

describe.runIf(postgresAvailable())('a team workspace', { timeout: 60_000 }, () => {
  let peer: PostgresPeer
  let authority: Authority
  let schemas = 0
  const folders: string[] = []
  const trials = new Set<Trial>()

  beforeAll(async () => {
    authority = await createAuthority()
    peer = await startPostgres({ certificate: await authority.issue({ commonName: 'db', names: ['IP:127.0.0.1'] }) })
  })
  afterEach(async () => {
    for (const trial of trials) await trial.close()
    trials.clear()
    vi.unstubAllEnvs()
  })
  afterAll(async () => {
    await peer?.stop()
    for (const folder of folders) removeFolder(folder)
  })

  const folder = (): string => {
    const path = temporaryFolder('team')
    folders.push(path)
    return path
  }
  const start = async (...given: Parameters<typeof startTrial>): Promise<Trial> => {
    const trial = await startTrial(...given)
    trials.add(trial)
    return trial
  }
  const stop = async (trial: Trial): Promise<void> => {
    trials.delete(trial)
    await trial.close()
  }
  const server = (change: Partial<TeamSettings> = {}): TeamSettings => {
    const { host, port, database, user, password } = peer
    const tls = { mode: 'verify-full', ca: authority.ca } as const
    return { host, port, database, user, password, schema: `workspace_${++schemas}`, tls, ...change }
  }
  /** Something in every store. */
  const live = async ({ api }: Trial): Promise<string> => {
    await api.operations.saveView({ screen: 'alerts', name: 'Mine', search: { a: ['ä', 1, null] } })
    await api.alerts.note({ ids: ['x'], text: 'A note' })
    const times = { startsAt: '2026-01-01T00:00:00.000Z', endsAt: '2999-01-01T00:00:00.000Z' }
    const matchers = [{ name: 'a', value: 'b', isRegex: false, isEqual: true }]
    await api.silences.create({ target: 'local', matchers, ...times, comment: 'Quiet' })
    const tls = {}
    const auth = { kind: 'bearer', token: 's3cret-token' } as const
    const url = 'http://127.0.0.1:1/'
    const { id } = await api.connections.create({
      kind: 'prometheus',
      name: 'Metrics',
      url,
      environment: 'test',
      auth,
      tls,
    })
    await api.connections.setEnabled({ id, enabled: false })
    return id
  }
  const seen = async ({ api }: Trial) => ({
    views: (await api.operations.views({ screen: 'alerts' })).map(({ name, search }) => [name, search]),
    silences: (await api.silences.list({ states: ['active'] })).silences.map(({ comment }) => comment),
    connections: (await api.connections.list({})).map(({ name, enabled }) => [name, enabled]),
    notes: (await api.alerts.activity({ id: 'x' })).map(({ text }) => text),
    audit: await verified(api),
  })
  const all = {
    views: [['Mine', { a: ['ä', 1, null] }]],
    silences: ['Quiet'],
    connections: [['Metrics', false]],
    notes: ['A note'],
    audit: 'verified',
  }

  it('is tested, moved to, opened at the next start, and moved back from, with everything in it', async () => {
    vi.stubEnv('FRAMEWORK0_PASSPHRASE', passphrase)
    const path = folder()
    let trial = await start(path)
    await trial.api.access.createVault({ passphrase })
    await live(trial)
    const local = readFileSync(join(path, 'workspace.db'))
    const to = server()

    const steps: WorkspaceStep[] = []
    for await (const step of trial.api.workspace.test({ settings: to })) if (step.status !== 'running') steps.push(step)
    expect(steps.map(({ step, status }) => `${step} ${status}`)).toEqual([
      'dns ok',
      'tcp ok',
      'tls ok',
      'sign-in ok',
      'version ok',
      'permissions ok',
      'contents ok',
    ])
    expect(steps.at(-1)?.detail).toContain('can be moved here')

    const changes: WorkspaceChange[] = []
    const abort = new AbortController()
    const watching = (async () => {
      for await (const change of trial.api.workspace.watch({}, { signal: abort.signal })) changes.push(change)
    })().catch(() => {})
    const moved = await trial.api.workspace.move({ to })
    expect(moved).toMatchObject({ place: `127.0.0.1:${peer.port}/team/${to.schema}`, restart: true })
    expect(Object.fromEntries(moved.tables.map(({ table, rows }) => [table, rows]))).toMatchObject({
      connection: 1,
      saved_view: 1,
      local_silence: 1,
      vault_secret: 2,
    })
    expect(moved.auditRoot).toMatch(/^[0-9a-f]{64}$/)
    expect(changes.some(({ progress }) => progress?.phase === 'verifying')).toBe(true)
    expect(changes.at(-1)).toEqual({ changed: 'place', progress: null })
    abort.abort()
    await watching

    expect(await trial.api.workspace.status({})).toMatchObject({ kind: 'local', restart: true })
    await expect(trial.api.operations.saveView({ screen: 'a', name: 'late', search: {} })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('has moved to'),
    })
    await expect(trial.api.workspace.move({ to: server() })).rejects.toMatchObject({ code: 'conflict' })
    await stop(trial)
    expect(filesWith(path, peer.password)).toEqual([])
    expect(statSync(join(path, 'workspace.json')).mode & 0o777).toBe(0o600)
    expect(local.length).toBeGreaterThan(0)

    trial = await start(path)
    await trial.application.unlock(passphrase)
    expect(await trial.api.workspace.status({})).toMatchObject({
      kind: 'team',
      host: '127.0.0.1',
      user: 'ana',
      tls: 'verify-full',
      state: 'connected',
      serverVersion: expect.stringMatching(/^15/),
      instances: [{ own: true }],
      restart: false,
    })
    expect(await seen(trial)).toEqual(all)
    const log = async () =>
      (await trial.api.audit.list({})).entries.map(({ operation, outcome }) => [operation, outcome])
    expect((await log())[0]).toEqual(['workspace.move', 'succeeded'])
    expect((await trial.api.operations.jobs({})).map(({ kind }) => kind).sort()).toEqual([
      'audit-retention',
      'expire-environments',
      'retention',
    ])
    expect(JSON.stringify((await trial.api.audit.list({})).entries)).not.toContain(peer.password)
    expect((await trial.api.operations.health({})).notices).toEqual([])
    await trial.api.operations.saveView({ screen: 'alerts', name: 'On the server', search: {} })

    const back = await trial.api.workspace.move({ to: 'local' })
    expect(back.place).toBe(join(path, 'workspace.db'))
    await stop(trial)
    trial = await start(path)
    expect(await trial.api.workspace.status({})).toMatchObject({ kind: 'local' })
    await trial.application.unlock(passphrase)
    expect(await seen(trial)).toEqual({ ...all, views: [...all.views, ['On the server', {}]] })
    expect((await log())[0]).toEqual(['workspace.move', 'succeeded'])
    const [connection] = await trial.api.connections.list({})
    await trial.api.connections.setEnabled({ id: connection?.id ?? '', enabled: true })
    expect(trial.faults()).toEqual([])
  })

  it('can be left for the file of this machine, whose log still holds', async () => {
    vi.stubEnv('FRAMEWORK0_PASSPHRASE', passphrase)
    const path = folder()
    let trial = await start(path)
    await trial.api.access.createVault({ passphrase })
    await live(trial)
    await trial.api.workspace.move({ to: server() })
    expect(['verified', 'appended']).toContain(await verified(trial.api)) // nothing is signed here any more
    await stop(trial)
    trial = await start(path)
    await trial.application.unlock(passphrase)
    await trial.api.operations.saveView({ screen: 'alerts', name: 'On the server', search: {} })
    expect(await verified(trial.api)).toBe('verified')
    await trial.api.workspace.use({ to: 'local' })
    await stop(trial)
    trial = await start(path)
    await trial.application.unlock(passphrase)
    expect(await seen(trial)).toEqual(all)
  })

  it('shows to one person at once what another does', async () => {
    const { password, ...to } = server()
    const paths = [folder(), folder()] as const
    vi.stubEnv('FRAMEWORK0_WORKSPACE_PASSWORD', password ?? '')
    for (const path of paths) {
      const first = await start(path)
      await first.api.workspace.use({ to })
      await stop(first)
    }
    const [ana, ben] = [await start(paths[0]), await start(paths[1])]
    const { instances } = (await ana.api.workspace.status({})) as Extract<WorkspaceStatus, { kind: 'team' }>
    expect(instances.map(({ own }) => own).toSorted()).toEqual([false, true])
    const heard: string[] = []
    const abort = new AbortController()
    const watching = (async () => {
      for await (const { changed } of ben.api.operations.watch({}, { signal: abort.signal })) heard.push(changed)
    })().catch(() => {})
    await ana.api.access.createVault({ passphrase })
    await live(ana)
    await ben.application.unlock(passphrase)
    await expect.poll(() => heard, soon).toContain('views')
    expect((await ben.api.silences.list({ states: ['active'] })).silences).toHaveLength(1)
    abort.abort()
    await watching
  })

  it('that is away is said at the start; nothing falls back to a file of this machine', async () => {
    const path = folder()
    vi.stubEnv('FRAMEWORK0_WORKSPACE_PASSWORD', peer.password)
    const first = await start(path)
    const { password: _, ...to } = server()
    await expect(first.api.workspace.use({ to: { ...to, port: 1 } })).rejects.toMatchObject({
      code: expect.any(String),
    })
    await stop(first)
    writeFileSync(
      join(path, 'workspace.json'),
      JSON.stringify({ ...to, version: 1, kind: 'postgres', port: 1, secrets: { by: 'nobody' } }),
    )
    await expect(startTrial(path)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('does not answer'),
    })
    writeFileSync(join(path, 'workspace.json'), '{"version":1}')
    await expect(startTrial(path)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('does not say'),
    })
  })

  it('that goes away is told, refuses changes with a sentence, and goes on when it is back', async () => {
    vi.stubEnv('FRAMEWORK0_PASSPHRASE', passphrase)
    const path = folder()
    const first = await start(path)
    await first.api.workspace.use({ to: server() })
    await stop(first)
    const trial = await start(path)
    await trial.api.access.createVault({ passphrase }) // without its key nothing is signed
    const save = (name: string) => trial.api.operations.saveView({ screen: 's', name, search: {} })
    await save('before')
    await peer.restart('fast', async () => {
      await expect
        .poll(async () => await trial.api.workspace.status({}), soon)
        .toMatchObject({ state: 'away', serverVersion: null })
      expect((await trial.api.operations.health({})).notices).toMatchObject([
        { severity: 'critical', text: expect.stringContaining('is away') },
      ])
      await expect(save('lost')).rejects.toMatchObject({
        code: 'unreachable',
        retryable: true,
        hint: expect.stringContaining('goes on by itself'),
      })
      await expect(trial.api.operations.views({ screen: 's' })).rejects.toMatchObject({ code: 'unreachable' })
    })
    await expect.poll(async () => await trial.api.workspace.status({}), soon).toMatchObject({ state: 'connected' })
    await save('after')
    expect((await trial.api.operations.views({ screen: 's' })).map(({ name }) => name)).toEqual(['after', 'before'])
    const told = async () => (await trial.api.operations.health({})).notices.map(({ text }) => text)
    expect(await told()).toEqual([expect.stringContaining('is back')]) // and not that it is away, which is over
    expect(await verified(trial.api)).toBe('verified')
  })

  it('takes no vault that only the keychain of one machine opens, unless it gets a passphrase', async () => {
    vi.stubEnv('FRAMEWORK0_PASSPHRASE', passphrase)
    const path = folder()
    const trial = await start(path, { keychain })
    await live(trial)
    const to = server()
    await expect(trial.api.workspace.move({ to })).rejects.toMatchObject({ code: 'locked', at: 'passphrase' })
    await trial.api.operations.saveView({ screen: 's', name: 'still open', search: {} })
    await trial.api.workspace.move({ to, passphrase })
    await stop(trial)
    expect(readFileSync(join(path, 'workspace.json'), 'utf8')).toContain('"keychain"')
    const there = await start(path, { keychain })
    expect((await there.api.access.vault({})).state).toBe('locked')
    await there.application.unlock(passphrase)
    const [connection] = await there.api.connections.list({})
    await there.api.connections.setEnabled({ id: connection?.id ?? '', enabled: true })
    expect((await there.api.connections.list({}))[0]?.state.status).not.toBe('vault-locked')
  })

  it('is not left by one while another has it open', async () => {
    vi.stubEnv('FRAMEWORK0_PASSPHRASE', passphrase)
    const to = server()
    const path = folder()
    const first = await start(path)
    await first.api.workspace.use({ to })
    await stop(first)
    const trial = await start(path)
    const elsewhere = folder()
    const second = await start(elsewhere)
    await second.api.workspace.use({ to })
    await stop(second)
    const other = await start(elsewhere)
    await expect(trial.api.workspace.move({ to: 'local' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Others have the workspace open'),
    })
    await stop(other)
    const instances = async () => ((await trial.api.workspace.status({})) as { instances: unknown[] }).instances.length
    await expect.poll(instances, soon).toBe(1)
    await trial.api.workspace.move({ to: 'local' })
  })

  it('does not send its password to a server that somebody wrote into the pointer', async () => {
    vi.stubEnv('FRAMEWORK0_PASSPHRASE', passphrase)
    const path = folder()
    const first = await start(path)
    await first.api.workspace.use({ to: server() })
    await stop(first)
    const file = join(path, 'workspace.json')
    const pointer = readFileSync(file, 'utf8')
    writeFileSync(file, pointer.replace('"host": "127.0.0.1"', '"host": "127.0.0.2"'))
    await expect(startTrial(path)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining('were changed'),
    })
    writeFileSync(
      file,
      JSON.stringify({ ...JSON.parse(pointer), tls: { mode: 'verify-full', ca: 'of somebody else' } }),
    )
    await expect(startTrial(path)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining('were changed'),
    })
    writeFileSync(file, pointer)
    vi.stubEnv('FRAMEWORK0_PASSPHRASE', 'another passphrase')
    await expect(startTrial(path)).rejects.toMatchObject({ code: 'forbidden' })
    vi.stubEnv('FRAMEWORK0_PASSPHRASE', '')
    await expect(startTrial(path)).rejects.toMatchObject({
      code: 'locked',
      hint: expect.stringContaining('FRAMEWORK0_PASSPHRASE'),
    })
    const keepless = folder()
    const trial = await start(keepless)
    await expect(trial.api.workspace.use({ to: server() })).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining('no keychain'),
    })
  })
})
