import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { useTeamServer } from '#e2e/app/peers/databases.ts'
import { postgresAvailable } from '#e2e/app/peers/postgres.ts'
import { contentOf } from './contents.ts'
import type { Migration } from './migrate.ts'
import { type MoveProgress, moveWorkspace } from './move.ts'
import { readSqlite } from './sqlite.ts'
import { listTables } from './tables.ts'
import { type OpenWorkspace, openWorkspace, type Workspace } from './workspace.ts'

/** A child before its parent in the alphabet, a key of two columns in another order, a table without a key. */
const statements = [
  'create table whole (id text primary key, "order" integer, text text)',
  `create table detail (
    part text not null, whole text not null references whole (id), size double precision, data bytea, big bigint,
    primary key (whole, part)
  )`,
  'create table loose (a text, b integer)',
]
const migrations: readonly Migration[] = [
  { name: '0001', statements: statements.map((text) => text.replace('bytea', 'blob')), postgres: statements },
]
const auditRoot = async (workspace: Workspace): Promise<string> =>
  ((await sql<{ n: number }>`select count(*) as n from whole`.execute(workspace)).rows[0]?.n ?? 0).toString()

let folder: string
const opened: OpenWorkspace[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'move-'))
})
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  rmSync(folder, { recursive: true })
})
const open = async (...given: Parameters<typeof openWorkspace>): Promise<OpenWorkspace> => {
  const one = await openWorkspace(...given)
  opened.push(one)
  return one
}
const local = (name: string): Promise<OpenWorkspace> => open(join(folder, `${name}.db`), migrations)

async function fill({ workspace }: OpenWorkspace, wholes: number): Promise<void> {
  for (let n = 0; n < wholes; n++) {
    const id = `${['ä', 'B', 'b', '_', '😀'][n % 5]}${n}`
    await sql`insert into whole values (${id}, ${n % 3 ? n : null}, ${`line\n"quoted" \\ ${'x'.repeat(n % 50)}`})`.execute(
      workspace,
    )
    if (n % 4 === 0)
      await sql`insert into detail values (${'p'}, ${id}, ${n / 7}, ${Buffer.from([n % 256, 0, 255])}, ${2 ** 52 + n})`.execute(
        workspace,
      )
  }
  await sql`insert into loose values ('a', 1), ('a', null), (null, 2)`.execute(workspace)
}

const contents = async ({ workspace }: OpenWorkspace) => {
  const all = []
  for (const table of await listTables(workspace)) all.push(await contentOf(workspace, table))
  return all.toSorted((a, b) => (a.table < b.table ? -1 : 1))
}

describe.runIf(postgresAvailable())('a move of the workspace', () => {
  const team = useTeamServer()
  const shared = () => open(team.newPlace(), migrations)

  it('to PostgreSQL and back loses and changes nothing', async () => {
    const from = await local('from')
    await fill(from, 1_700)
    const before = await contents(from)
    expect(before.map(({ table, rows }) => [table, rows])).toEqual([
      ['detail', 425],
      ['loose', 3],
      ['whole', 1_700],
    ])
    const progress: MoveProgress[] = []
    const middle = await shared()
    const there = await moveWorkspace(from.workspace, middle.workspace, {
      auditRoot,
      onProgress: (one) => progress.push(one),
    })
    expect(there.auditRoot).toBe('1700')
    expect(there.tables.toSorted((a, b) => (a.table < b.table ? -1 : 1))).toEqual(before)
    expect(await contents(middle)).toEqual(before)
    expect(progress.at(0)).toMatchObject({ phase: 'copying', done: 0, of: 3 })
    expect(progress.at(-1)).toMatchObject({ phase: 'verifying', done: 2, of: 3 })

    const back = await local('back')
    expect(await moveWorkspace(middle.workspace, back.workspace, { auditRoot })).toMatchObject({ auditRoot: '1700' })
    expect(await contents(back)).toEqual(before)
    expect(await contents(from)).toEqual(before)
  })

  it('sees one state, though others write meanwhile', async () => {
    const from = await local('from')
    await fill(from, 1_200)
    const reader = readSqlite(join(folder, 'from.db'))
    const to = await shared()
    let written = false
    const write = (): void => {
      if (written) return
      written = true
      sql`insert into whole values ('late', 1, '')`.execute(from.workspace)
    }
    const { tables } = await moveWorkspace(reader.workspace, to.workspace, { auditRoot, onProgress: write })
    expect(tables.find(({ table }) => table === 'whole')?.rows).toBe(1_200)
    expect((await contents(from)).find(({ table }) => table === 'whole')?.rows).toBe(1_201)
    await reader.close()
  })

  it('refuses a target in which there is something, and leaves it as it is', async () => {
    const from = await local('from')
    const to = await shared()
    await sql`insert into whole values ('theirs', 1, '')`.execute(to.workspace)
    const before = await contents(to)
    await expect(moveWorkspace(from.workspace, to.workspace, { auditRoot })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('a workspace already'),
    })
    expect(await contents(to)).toEqual(before)
  })

  it('refuses a target with other tables', async () => {
    const from = await local('from')
    const to = await open(team.newPlace(), [
      ...migrations,
      { name: '0002', statements: ['create table more (x text)'] },
    ])
    await expect(moveWorkspace(from.workspace, to.workspace, { auditRoot })).rejects.toMatchObject({
      message: expect.stringContaining('other tables'),
    })
  })

  it('undoes everything when what arrives is not what was sent', async () => {
    const from = await local('from')
    await fill(from, 20)
    const to = await shared()
    await sql`create function spoil() returns trigger language plpgsql as
      $$begin if new.id = 'B1' then new.text := 'changed'; end if; return new; end$$`.execute(to.workspace)
    await sql`create trigger spoil before insert on whole for each row execute function spoil()`.execute(to.workspace)
    await expect(moveWorkspace(from.workspace, to.workspace, { auditRoot })).rejects.toMatchObject({
      code: 'conflict',
      message: 'Table whole did not arrive as it was sent, so nothing was moved.',
    })
    expect((await contents(to)).map(({ rows }) => rows)).toEqual([0, 0, 0])
  })

  it('undoes everything when the audit log has another root over there, or somebody cancels', async () => {
    const from = await local('from')
    await fill(from, 20)
    const to = await shared()
    const lying = async (workspace: Workspace) => workspace.getExecutor().adapter.constructor.name
    await expect(moveWorkspace(from.workspace, to.workspace, { auditRoot: lying })).rejects.toMatchObject({
      message: expect.stringContaining('The audit log did not arrive'),
    })
    const abort = new AbortController()
    const onProgress = ({ phase }: MoveProgress): void => {
      if (phase === 'verifying') abort.abort()
    }
    const moving = moveWorkspace(from.workspace, to.workspace, { auditRoot, onProgress, signal: abort.signal })
    await expect(moving).rejects.toMatchObject({ name: 'AbortError' })
    expect((await contents(to)).map(({ rows }) => rows)).toEqual([0, 0, 0])
  })

  it('says so when a text cannot be kept over there', async () => {
    const from = await local('from')
    await sql`insert into loose values (${'a\u0000b'}, 1)`.execute(from.workspace)
    const to = await shared()
    await expect(moveWorkspace(from.workspace, to.workspace, { auditRoot })).rejects.toMatchObject({ code: '22021' })
  })
})

describe('a frozen workspace', () => {
  it('refuses changes with a sentence, but goes on to read and to record what happens', async () => {
    const one = await open(join(folder, 'frozen.db'), [
      { name: '1', statements: ['create table audit_x (a text)', 'create table note (a text)'] },
    ])
    const db = one.workspace.withTables<{ note: { a: string }; audit_x: { a: string } }>()
    one.freeze({ message: 'Moved.', hint: 'Restart.', except: ['audit_'] })
    const refused = { code: 'conflict', message: 'Moved.', hint: 'Restart.' }
    await expect(db.insertInto('note').values({ a: 'x' }).execute()).rejects.toMatchObject(refused)
    await expect(db.updateTable('note').set({ a: 'x' }).execute()).rejects.toMatchObject(refused)
    await expect(db.deleteFrom('note').execute()).rejects.toMatchObject(refused)
    await expect(
      db.transaction().execute(async (trx) => trx.insertInto('note').values({ a: 'x' }).execute()),
    ).rejects.toMatchObject(refused)
    await db.insertInto('audit_x').values({ a: 'x' }).execute()
    expect(await db.selectFrom('note').selectAll().execute()).toEqual([])
    one.freeze(null)
    await db.insertInto('note').values({ a: 'x' }).execute()
  })
})
