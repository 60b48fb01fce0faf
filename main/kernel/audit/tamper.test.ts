import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrations } from '#main/app/migrations.ts'
import { collect } from '#main/app/trial.ts'
import { application, personalCaller } from '../access/caller.ts'
import { manualClock } from '../clock.ts'
import { openWorkspace, type Workspace } from '../store/workspace.ts'
import { type Keychain, openVault } from '../vault/vault.ts'
import { type Checkpoints, createCheckpoints } from './checkpoint.ts'
import { createAuditLog, type WorkspaceLog } from './log.ts'
import { leafHash } from './merkle.ts'
import { type Findings, verifyLog } from './verify.ts'
import { openWitness } from './witness.ts'

let folder: string
let path: string
const clock = manualClock()
const keychain: Keychain = {
  unavailable: async () => null,
  protect: async (text) => Buffer.from(text).reverse().toString('hex'),
  reveal: async (sealed) => Buffer.from(sealed, 'hex').reverse().toString(),
}
const ana = { ...personalCaller('ana', 'desktop', 'window-1'), source: '10.1.2.3' }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framework0-audit-'))
  path = join(folder, 'workspace.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

type Opened = {
  readonly workspace: Workspace
  readonly log: WorkspaceLog
  readonly checkpoints: Checkpoints
  readonly append: (count: number) => Promise<void>
  readonly verify: () => Promise<Findings>
}

const witnessFile = (): string => join(folder, 'checkpoints', 'workspace.json')

/** Opens the log as the application does, works with it, and closes it as the application does. */
async function opened<T>(work: (open: Opened) => Promise<T>): Promise<T> {
  const { workspace, close } = await openWorkspace(path, migrations)
  const log = createAuditLog(workspace, clock)
  await log.recover()
  const errors: unknown[] = []
  const checkpoints = createCheckpoints({
    workspace,
    vault: await openVault(workspace, keychain),
    clock,
    witness: openWitness(witnessFile()),
    onError: (thrown) => errors.push(thrown),
  })
  await checkpoints.sign()
  const append = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      clock.advance(1_000)
      const intent = await log.begin({
        caller: n % 2 ? ana : application,
        operation: 'alerts.note',
        input: { text: `note ${n}` },
        correlationId: crypto.randomUUID(),
        environments: ['production'],
        policies: ['roles'],
        approval: null,
      })
      await log.finish(intent, { outcome: 'succeeded', changes: [{ targets: [`alert-${n}`] }] })
    }
  }
  const verify = async (): Promise<Findings> => {
    const all = await collect(verifyLog(workspace, checkpoints.witness.read(), AbortSignal.timeout(60_000)))
    const last = all.at(-1)
    if (!last) throw new Error('Nothing was found out.')
    return last
  }
  try {
    return await work({ workspace, log, checkpoints, append, verify })
  } finally {
    await checkpoints.close()
    await log.close()
    await close()
    expect(errors).toEqual([])
  }
}

/** What somebody does who has the file and a SQLite shell. */
function tamper(work: (database: Database.Database) => void): void {
  const database = new Database(path)
  database.pragma('foreign_keys = off')
  work(database)
  database.close()
}

const problems = () =>
  opened(async ({ verify }) => (await verify()).problems.map(({ kind, sequence }) => [kind, sequence]))

describe('a log that nobody touched', () => {
  it('is verified to its newest checkpoint, over a restart too', async () => {
    await opened(({ append }) => append(40))
    await opened(async ({ append, verify, checkpoints }) => {
      await append(7)
      await checkpoints.sign()
      expect(await verify()).toMatchObject({ size: 47, checked: 47, problems: [], checkpoint: { size: 47 } })
      expect((await checkpoints.list(10)).map(({ size }) => size)).toEqual([47, 40])
    })
    expect(statSync(witnessFile()).mode & 0o777).toBe(0o600)
  })

  it('is also whole where nothing could be signed, and says that nothing was', async () => {
    const { workspace, close } = await openWorkspace(path, migrations)
    const log = createAuditLog(workspace, clock)
    await log.refuse({
      caller: ana,
      operation: 'a.b',
      input: {},
      correlationId: 'c',
      environments: [],
      policies: [],
      approval: null,
      error: { code: 'forbidden', message: 'No.', retryable: false },
    })
    const witness = openWitness(witnessFile())
    const vault = await openVault(workspace, null)
    const checkpoints = createCheckpoints({ workspace, vault, clock, witness, onError: () => {} })
    expect(await checkpoints.sign()).toBeNull()
    const [, last] = await collect(verifyLog(workspace, null, AbortSignal.timeout(60_000)))
    expect(last).toMatchObject({ checked: 1, checkpoint: null, problems: [] })
    await vault.create('correct horse battery')
    expect(await checkpoints.sign()).toMatchObject({ size: 1 })
    await close()
  })
})

describe('a person who has the database', () => {
  beforeEach(() => opened(({ append }) => append(40)))

  it('and edits an entry is caught at that entry', async () => {
    tamper((db) => db.exec(`update audit_entry set leaf = replace(leaf, 'note', 'nope') where sequence = 23`))
    expect(await problems()).toEqual([['edit', 23]])
  })

  it('and edits an entry of the newest, which no stored node covers, is caught at that entry', async () => {
    tamper((db) => db.exec(`update audit_entry set leaf = replace(leaf, 'note', 'nope') where sequence = 39`))
    expect(await problems()).toEqual([['edit', 39]])
  })

  it('and makes the hash of the edited entry fit is caught by the tree', async () => {
    tamper((db) => {
      const leaf = db.prepare('select leaf from audit_entry where sequence = 23').pluck().get() as string
      const edited = leaf.replace('note', 'nope')
      db.prepare('update audit_entry set leaf = ?, leaf_hash = ? where sequence = 23').run(edited, leafHash(edited))
    })
    expect(await problems()).toEqual([['edit', 17]]) // among entries 17 to 32
  })

  it('and drops an entry is told which', async () => {
    tamper((db) => db.exec('delete from audit_entry where sequence = 12'))
    expect(await problems()).toEqual([['gap', 12]])
  })

  it('and drops the first ones is told which', async () => {
    tamper((db) => db.exec('delete from audit_entry where sequence < 4'))
    expect(await problems()).toEqual([['gap', 1]])
  })

  it('and swaps two entries is told which', async () => {
    tamper((db) =>
      db.exec(`update audit_entry set sequence = 999 where sequence = 5;
        update audit_entry set sequence = 5 where sequence = 6;
        update audit_entry set sequence = 6 where sequence = 999`),
    )
    expect(await problems()).toEqual([
      ['reorder', 5],
      ['reorder', 6],
    ])
  })

  it('and cuts off the end is caught, whether or not it is hidden in the tree', async () => {
    tamper((db) => db.exec('delete from audit_entry where sequence > 37'))
    expect(await problems()).toEqual([['truncation', 38]])
  })

  it('and goes on after cutting off the end leaves a gap', async () => {
    tamper((db) => db.exec('delete from audit_entry where sequence > 37'))
    await opened(({ append }) => append(3))
    expect(await problems()).toEqual([['gap', 38]])
  })

  it('and exchanges the key of the log is caught by the key that is remembered', async () => {
    const other = join(folder, 'other')
    const mine = path
    path = `${other}.db`
    await opened(({ append }) => append(2)).catch(() => {}) // another log, with a key of theirs
    path = mine
    tamper((db) => {
      db.exec(`attach '${other}.db' as theirs; delete from audit_key;
        insert into audit_key select * from theirs.audit_key`)
    })
    const found = await problems()
    expect(found).toContainEqual(['key', null])
  })

  it('and forges a signature is caught at that checkpoint', async () => {
    tamper((db) => {
      const note = db.prepare('select note from audit_checkpoint').pluck().get() as string
      db.prepare('update audit_checkpoint set note = ?').run(note.replace(/at \S+/, 'at 2020-01-01T00:00:00.000Z'))
    })
    expect(await problems()).toEqual([['signature', null]])
  })
})

describe('a person who has a copy', () => {
  it('and puts yesterday’s in its place is caught, at once and by verifying', async () => {
    await opened(({ append }) => append(20))
    copyFileSync(path, join(folder, 'yesterday.db'))
    await opened(({ append }) => append(15))
    copyFileSync(join(folder, 'yesterday.db'), path)
    await opened(async ({ checkpoints, verify }) => {
      expect(checkpoints.doubts()).toMatchObject([{ kind: 'truncation', sequence: 21 }])
      expect((await verify()).problems).toMatchObject([{ kind: 'truncation', sequence: 21 }])
    })
  })

  it('and works on with it is caught as a fork, and what is signed before stays remembered', async () => {
    await opened(({ append }) => append(20))
    copyFileSync(path, join(folder, 'yesterday.db'))
    await opened(({ append }) => append(15))
    const remembered = readFileSync(witnessFile(), 'utf8')
    copyFileSync(join(folder, 'yesterday.db'), path)
    await opened(({ append }) => append(15))
    await opened(async ({ append, checkpoints, verify }) => {
      await append(5)
      await checkpoints.sign()
      expect(checkpoints.doubts()).toHaveLength(1)
      expect((await verify()).problems).toMatchObject([{ kind: 'edit', sequence: 21 }])
    })
    expect(readFileSync(witnessFile(), 'utf8')).toBe(remembered)
  })

  it('and lets a copy be signed by the same key elsewhere is caught as a fork', async () => {
    await opened(({ append }) => append(20))
    copyFileSync(path, join(folder, 'copy.db'))
    await opened(({ append }) => append(15))
    const remembered = readFileSync(witnessFile(), 'utf8')
    copyFileSync(join(folder, 'copy.db'), path)
    rmSync(witnessFile())
    await opened(({ append }) => append(15)) // on a machine that has not seen the log
    writeFileSync(witnessFile(), remembered)
    await opened(async ({ checkpoints, verify }) => {
      expect(checkpoints.doubts()).toMatchObject([{ kind: 'fork' }])
      expect((await verify()).problems).toMatchObject([{ kind: 'fork', sequence: 21 }])
    })
  })

  it('and puts another log in its place is caught', async () => {
    await opened(({ append }) => append(3))
    rmSync(path)
    for (const ending of ['-wal', '-shm']) rmSync(path + ending, { force: true })
    await opened(async ({ append, checkpoints, verify }) => {
      await append(3)
      await checkpoints.sign()
      expect(checkpoints.doubts()).toMatchObject([{ kind: 'fork', sequence: 1 }])
      expect((await verify()).problems.map(({ kind }) => kind)).toContain('fork')
    })
  })
})
