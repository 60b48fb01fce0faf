import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storageError } from './errors.ts'
import type { Migration } from './migrate.ts'
import { backupsFolder, openWorkspace, pruneBackups } from './workspace.ts'

let folder: string
let path: string
const first: Migration = { name: '0001', statements: ['create table note (text text not null)'] }
const second: Migration = { name: '0002', statements: ['alter table note add column author text'] }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'workspace-'))
  path = join(folder, 'workspace.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function filled(): Promise<void> {
  const opened = await openWorkspace(path, [first])
  await sql`insert into note (text) values ('kept')`.execute(opened.workspace)
  await opened.close()
}

describe('the workspace', () => {
  it('brings a database up to date and keeps what is in it, after a backup', async () => {
    await filled()
    const { workspace, close } = await openWorkspace(path, [first, second])
    const { rows } = await sql`select text, author from note`.execute(workspace)
    expect(rows).toEqual([{ text: 'kept', author: null }])
    await close()
    const [backup] = readdirSync(backupsFolder(path))
    const copy = new Database(join(backupsFolder(path), backup ?? ''))
    expect(copy.prepare('select * from note').all()).toEqual([{ text: 'kept' }])
  })

  it('makes no backup when there is nothing to do', async () => {
    await filled()
    await (await openWorkspace(path, [first])).close()
    expect(existsSync(backupsFolder(path))).toBe(false)
  })

  it('refuses a database of a newer application, untouched', async () => {
    await (await openWorkspace(path, [first, second])).close()
    const before = readFileSync(path)
    await expect(openWorkspace(path, [first])).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('newer version'),
    })
    expect(readFileSync(path)).toEqual(before)
  })

  it('refuses a history that is not ours', async () => {
    await filled()
    const other = { name: '0001', statements: ['create table other (x)'] }
    await expect(openWorkspace(path, [other])).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('differs from ours at step 0001'),
    })
  })

  it('refuses a database that some other program made', async () => {
    const foreign = new Database(path)
    foreign.exec('create table theirs (x)')
    foreign.close()
    await expect(openWorkspace(path, [first])).rejects.toMatchObject({
      message: expect.stringContaining('not made by this application'),
    })
  })

  it('leaves a damaged database as it is, and names the backup to restore', async () => {
    await filled()
    await (await openWorkspace(path, [first, second])).close()
    const bytes = readFileSync(path)
    bytes.fill(0xff, 0, 4096)
    writeFileSync(path, bytes)
    await expect(openWorkspace(path, [first, second])).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('is damaged and was left as it is'),
      hint: expect.stringContaining('before-migration.db'),
    })
    expect(readFileSync(path)).toEqual(bytes)
  })

  it('finds damage in the middle of a file', async () => {
    const { workspace, close } = await openWorkspace(path, [first])
    await sql`insert into note (text) select hex(randomblob(2000)) from (with recursive n(i) as (select 1 union all select i + 1 from n where i < 50) select i from n)`.execute(
      workspace,
    )
    await close()
    truncateSync(path, 40_000)
    await expect(openWorkspace(path, [first])).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('damaged'),
    })
  })

  it('undoes a migration that fails half-way', async () => {
    await filled()
    const broken = { name: '0002', statements: ['alter table note add column author text', 'create nonsense'] }
    await expect(openWorkspace(path, [first, broken])).rejects.toThrow()
    await (await openWorkspace(path, [first, second])).close()
  })

  it('backs up while in use, and keeps the newest five', async () => {
    const { backup, close } = await openWorkspace(path, [first])
    for (let n = 0; n < 7; n++) await backup?.(join(backupsFolder(path), `workspace-${n}.db`))
    pruneBackups(path)
    expect(readdirSync(backupsFolder(path))).toEqual([2, 3, 4, 5, 6].map((n) => `workspace-${n}.db`))
    await close()
    copyFileSync(join(backupsFolder(path), 'workspace-6.db'), join(folder, 'restored.db'))
    await (await openWorkspace(join(folder, 'restored.db'), [first])).close()
  })
})

describe('a storage failure', () => {
  it.each([
    ['SQLITE_FULL', 'disk is full'],
    ['ENOSPC', 'disk is full'],
    ['SQLITE_READONLY', 'cannot be written'],
    ['SQLITE_IOERR_WRITE', 'disk reported an error'],
    ['SQLITE_NOTADB', 'damaged'],
  ])('%s is a sentence', (code, words) => {
    expect(storageError(Object.assign(new Error('raw'), { code }))?.message).toContain(words)
  })
  it.each([
    ['53100', 'storage', 'disk of the team workspace is full'],
    ['57P01', 'unreachable', 'does not answer'],
    ['08006', 'unreachable', 'does not answer'],
    ['25006', 'storage', 'read-only'],
    ['28P01', 'unauthenticated', 'user or the password'],
    ['3D000', 'not_found', 'no such database'],
    ['40P01', 'conflict', 'at the same moment'],
    ['57014', 'timeout', 'took too long'],
    ['42501', 'forbidden', 'lacks a permission'],
  ])('%s of PostgreSQL is a sentence with a way on', (code, kind, words) => {
    const error = storageError(Object.assign(new Error('raw'), { code, severity: 'ERROR' }))
    expect([error?.code, error?.message]).toEqual([kind, expect.stringContaining(words)])
    expect(error?.hint).toBeTruthy()
  })
  it('leaves other failures alone', () => {
    expect(storageError(Object.assign(new Error('x'), { code: '42601', severity: 'ERROR' }))).toBeNull()
    expect(storageError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toBeNull()
    expect(storageError(new Error('x'))).toBeNull()
    expect(storageError(null)).toBeNull()
  })
})
