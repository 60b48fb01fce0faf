import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '#e2e/app/peers/peer.ts'
import { startTimestampAuthority } from '#e2e/app/peers/timestamp-authority.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { silentLog } from '#main/kernel/log/log.ts'
import type { AnchorInput } from '#preload/security/audit-delivery.ts'
import { type CheckpointLog, checkpointLog, signal } from './anchor.fixture.ts'
import { placeOf } from './place-of.ts'
import { type AnchorPorts, type AnchorService, createAnchorService } from './service.ts'
import { type AnchorStore, anchorTables, createAnchorStore } from './store.ts'

let root: string
let log: CheckpointLog
let store: AnchorStore
let ports: AnchorPorts
let service: AnchorService

const folder = (changes: Record<string, unknown> = {}): AnchorInput =>
  ({ kind: 'folder', name: 'Share', enabled: true, path: join(root, 'notes'), ...changes }) as AnchorInput
const first = async () => (await service.list())[0]
const caughtUp = (cursor: number) => eventually(async () => (await first())?.cursor === cursor)

describe('the anchors of a log', () => {
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'framework0-anchors-'))
    const database = new Database(':memory:')
    for (const statement of anchorTables) database.exec(statement)
    store = createAnchorStore(new Kysely({ dialect: new SqliteDialect({ database }) }))
    log = checkpointLog()
    ports = {
      store,
      clock: systemClock,
      log: silentLog,
      checkpoints: log.port,
      placeOf: placeOf({ clock: systemClock, directory: join(root, 'anchors'), checkpoints: log.port }),
      random: () => 0,
      wait: (ms, stop) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, ms)
          stop.addEventListener('abort', () => {
            clearTimeout(timer)
            resolve()
          })
        }),
    }
    service = createAnchorService(ports)
    await service.start()
  })
  afterEach(async () => {
    await service.stop()
    await rm(root, { recursive: true, force: true })
  })

  it('get every checkpoint there is, and each new one', async () => {
    log.add(3, 5)
    await service.put({ anchor: folder() })
    expect(await caughtUp(5)).toBe(true)
    log.add(8)
    expect(await caughtUp(8)).toBe(true)
    expect(await first()).toMatchObject({ behind: 0, error: null, lastSuccessAt: expect.any(String) })
    expect((await readdir(join(root, 'notes'))).sort()).toEqual(['3.note', '5.note', '8.note'])
  })

  it('go on where they were after a restart', async () => {
    log.add(3)
    await service.put({ anchor: folder() })
    await caughtUp(3)
    await service.stop()
    log.add(5, 8)
    expect(await first()).toMatchObject({ cursor: 3, behind: 2 })
    service = createAnchorService(ports)
    await service.start()
    expect(await caughtUp(8)).toBe(true)
  })

  it('say why one fails, do not hold up another, and catch up by themselves', async () => {
    await writeFile(join(root, 'notes'), 'in the way')
    log.add(3)
    await service.put({ anchor: folder() })
    await service.put({ anchor: folder({ name: 'Another', path: join(root, 'other') }) })
    const named = async (name: string) => (await service.list()).find(({ settings }) => settings.name === name)
    expect(await eventually(async () => (await named('Another'))?.cursor === 3)).toBe(true)
    expect(await eventually(async () => (await named('Share'))?.error?.code === 'unreachable')).toBe(true)
    expect(await named('Share')).toMatchObject({ cursor: 0, behind: 1, nextAttemptAt: expect.any(String) })
    await rm(join(root, 'notes'))
    expect(await eventually(async () => (await named('Share'))?.cursor === 3)).toBe(true)
  })

  it('keep timestamps in the workspace, and hand every contradiction to the integrity of the log', async () => {
    await using authority = await startTimestampAuthority()
    log.add(3, 8)
    await service.put({ anchor: { kind: 'tsa', name: 'TSA', enabled: true, url: authority.url, ca: authority.ca } })
    await service.put({ anchor: folder() })
    expect(await eventually(async () => (await service.list()).every(({ cursor }) => cursor === 8))).toBe(true)
    expect(await service.verify(signal())).toEqual({ problems: [], unreachable: [] })
    log.rewrite()
    const { problems } = await service.verify(signal())
    expect(problems.map(({ kind, reason }) => [kind, / in Share | of TSA /.exec(reason)?.[0].trim()])).toEqual([
      ['fork', 'in Share'],
      ['fork', 'in Share'],
      ['fork', 'of TSA'],
    ])
  })

  it('count one that cannot be asked as no proof either way', async () => {
    log.add(3)
    await service.put({ anchor: folder({ enabled: false }) })
    expect(await service.verify(signal())).toMatchObject({ problems: [], unreachable: [{ name: 'Share' }] })
  })

  it('start from the first checkpoint at another place', async () => {
    log.add(3, 5)
    const { after } = await service.put({ anchor: folder() })
    await caughtUp(5)
    await service.put({ id: after.id, revision: 1, anchor: folder({ path: join(root, 'moved') }) })
    expect(await eventually(async () => (await readdir(join(root, 'moved'))).length === 2)).toBe(true)
  })

  it.each<[string, AnchorInput, string]>([
    ['a relative folder', { kind: 'folder', name: 'x', enabled: true, path: 'notes' }, 'path'],
    ['an option for a repository', git('--upload-pack=touch /tmp/x'), 'repository'],
    ['a helper for a repository', git('ext::sh -c id'), 'repository'],
    ['a repository without proof of who answers', git('http://git.example/x.git'), 'repository'],
    ['a token in the address', git('https://ghp_secret@github.com/x.git'), 'repository'],
    ['a password in the address', git('ssh://git:pw@git.example/x.git'), 'repository'],
    ['an option for a branch', git('/srv/x.git', '--force'), 'branch'],
    ['a refspec for a branch', git('/srv/x.git', 'a:b'), 'branch'],
    ['a CA that is none', { kind: 'tsa', name: 'x', enabled: true, url: 'http://tsa.example', ca: 'hello' }, 'ca'],
  ])('refuse %s before anything changes', async (_, anchor, at) => {
    await expect(service.put({ anchor })).rejects.toMatchObject({ code: 'invalid', at })
    expect(await service.list()).toEqual([])
  })

  it.each(['/srv/evidence.git', 'https://git.example/x.git', 'ssh://git@git.example/x.git', 'git@git.example:x.git'])(
    'take %s for a repository',
    async (repository) => {
      await service.put({ anchor: { ...git(repository), enabled: false } })
      expect(await first()).toMatchObject({ settings: { repository, branch: 'main' } })
    },
  )
})

function git(repository: string, branch = 'main'): AnchorInput {
  return { kind: 'git', name: 'x', enabled: true, repository, branch }
}
