import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '#e2e/app/peers/certificates.ts'
import { listen } from '#e2e/app/peers/listen.ts'
import { type PostgresPeer, postgresAvailable, startPostgres } from '#e2e/app/peers/postgres.ts'
import type { Migration } from '#main/kernel/store/migrate.ts'
import type { PostgresSettings } from '#main/kernel/store/place.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import type { WorkspaceStep } from '#preload/lifecycle/workspace.ts'
import { walkServer } from './walk.ts'

const migrations: readonly Migration[] = [
  { name: '0001', statements: ['create table note (text text)'] },
  { name: '0002', statements: ['create table more (text text)'] },
]

describe.runIf(postgresAvailable())('the test of a team workspace', () => {
  let authority: Authority
  let peer: PostgresPeer
  let plain: PostgresPeer

  beforeAll(async () => {
    authority = await createAuthority()
    const certificate = await authority.issue({ commonName: 'db' })
    peer = await startPostgres({ certificate })
    plain = await startPostgres()
    await peer.admin("create role tom login password 'tom'", 'grant connect on database team to tom')
    await peer.admin('create database latin encoding LATIN1 locale "C" template template0 owner ana')
  })
  afterAll(async () => {
    await peer?.stop()
    await plain?.stop()
  })

  const settings = (change: Partial<PostgresSettings> = {}): PostgresSettings => {
    const { host, port, user, password, database } = peer
    const tls = { mode: 'verify-full', ca: authority.ca } as const
    return { host, port, user, password, database, schema: 'framework0', tls, ...change }
  }
  const walked = async (given: PostgresSettings, ours = migrations): Promise<WorkspaceStep[]> => {
    const steps: WorkspaceStep[] = []
    for await (const step of walkServer(given, ours, new AbortController().signal))
      if (step.status !== 'running') steps.push(step)
    return steps
  }
  const open = (given: PostgresSettings, ours = migrations) =>
    openWorkspace({ kind: 'postgres', settings: given }, ours).then((one) => one.close())

  it('tells what each step found, and changes nothing', async () => {
    const steps = await walked(settings({ host: 'localhost' }))
    expect(steps.map(({ status }) => status)).toEqual(Array(7).fill('ok'))
    expect(steps.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('127.0.0.1'),
      expect.stringContaining(`:${peer.port}`),
      expect.stringMatching(/^TLSv1\.3; certificate of db, issued by Framework0 test CA/),
      expect.stringContaining('Signed in as ana'),
      expect.stringMatching(/^PostgreSQL 15/),
      'ana may create the schema framework0.',
      'There is nothing yet: this workspace can be moved here.',
    ])
    expect(await walked(settings())).toMatchObject([
      ...steps.slice(0, 1).map(() => ({ detail: '127.0.0.1 is an address; there is no name to look up.' })),
      {},
      {},
      {},
      {},
      {},
      {},
    ])
    const direct = await peer.admin("select 1 from pg_namespace where nspname = 'framework0'")
    expect(direct).toEqual([])
  })

  it('skips TLS where it is off on this machine', async () => {
    const { port, user, password, database } = plain
    const steps = await walked(settings({ port, user, password, database, tls: { mode: 'off' } }))
    expect(steps.map(({ status }) => status)).toEqual(['ok', 'ok', 'skipped', 'ok', 'ok', 'ok', 'ok'])
  })

  it.each<[string, number, () => Partial<PostgresSettings>, string]>([
    ['a name that has no address', 0, () => ({ host: 'no-such-host.invalid' }), 'has no address'],
    ['a port nobody listens on', 1, () => ({ port: 1 }), 'does not answer'],
    ['a server without TLS', 2, () => ({ port: plain.port }), 'does not speak TLS'],
    ['a certificate of a stranger', 2, () => ({ tls: { mode: 'verify-full' } }), 'is not accepted'],
    ['a wrong password', 3, () => ({ password: 'wrong' }), 'did not accept'],
    ['a database that is not there', 3, () => ({ database: 'none' }), 'no such database'],
    ['a database that cannot hold every text', 4, () => ({ database: 'latin' }), 'encoded as LATIN1'],
    [
      'a user who may create nothing',
      5,
      () => ({ user: 'tom', password: 'tom' }),
      'tom may not create a schema in team',
    ],
  ])('stops at %s with a sentence and a hint', async (_, at, change, words) => {
    const steps = await walked(settings(change()))
    const expected = Array.from({ length: 7 }, (_, n) => (n < at ? 'ok' : n === at ? 'failed' : 'skipped'))
    expect(steps.map(({ status }) => status)).toEqual(expected)
    expect(steps[at]?.detail).toContain(words)
    expect(steps[at]?.hint).toBeTruthy()
  })

  it('tells a workspace that is there, an older one, a newer one, and what some other program made', async () => {
    const last = async (schema: string) => (await walked(settings({ schema }))).at(-1)
    await open(settings({ schema: 'full' }))
    expect(await last('full')).toMatchObject({
      status: 'ok',
      detail: 'There is a workspace here.',
      hint: expect.stringContaining('unless it is empty'),
    })
    await open(settings({ schema: 'older' }), migrations.slice(0, 1))
    expect(await last('older')).toMatchObject({ status: 'ok', detail: expect.stringContaining('1 steps older') })
    await open(settings({ schema: 'newer' }), [...migrations, { name: '0003', statements: [] }])
    expect(await last('newer')).toMatchObject({ status: 'failed', detail: expect.stringContaining('newer version') })
    await open(settings({ schema: 'other' }), [{ name: 'x', statements: ['create table x (y text)'] }])
    expect(await last('other')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('differs from ours'),
    })
  })

  it('does not wait for ever for a server that says nothing, and stops when nobody waits for it', {
    timeout: 30_000,
  }, async () => {
    const mute = await listen(createServer(() => {}))
    const steps = await walked(settings({ port: mute.port }))
    expect(steps.map(({ status }) => status)).toEqual([
      'ok',
      'ok',
      'failed',
      'skipped',
      'skipped',
      'skipped',
      'skipped',
    ])
    const abort = new AbortController()
    const walking = (async () => {
      for await (const { step } of walkServer(settings({ port: mute.port }), migrations, abort.signal))
        if (step === 'tls') abort.abort()
    })()
    await expect(walking).rejects.toMatchObject({ name: 'AbortError' })
    await mute.close()
  })
})
