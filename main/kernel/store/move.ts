import { sql } from 'kysely'
import { AppError } from '#preload/contract/error.ts'
import { contentOf, type Row, readRows, rowHash, type TableContent } from './contents.ts'
import type { Workspace } from './opened.ts'
import { dialectOf } from './portable.ts'
import { listTables, type TableShape } from './tables.ts'

export type MoveProgress = {
  readonly phase: 'copying' | 'verifying'
  readonly table: string
  readonly rows: number
  /** Of the tables, how many are done, and how many there are. */
  readonly done: number
  readonly of: number
}

export type MoveOptions = {
  readonly onProgress?: (progress: MoveProgress) => void
  readonly signal?: AbortSignal
  /** The root of the audit log in a workspace; it must be the same in both. */
  readonly auditRoot: (workspace: Workspace) => Promise<string>
  /** What must differ over there, done in the transaction after everything was verified. */
  readonly adapt?: (target: Workspace) => Promise<void>
}

export type MoveResult = { readonly tables: readonly TableContent[]; readonly auditRoot: string }

/** Parameters of one statement: SQLite takes 32,766, PostgreSQL 65,535. */
const mostParameters = 30_000

/**
 * Copies a workspace into another that is migrated and empty, in one transaction there and from one state here, and
 * verifies before it commits: rows and content hash of every table, and the root of the audit log. The source is only
 * read. The caller keeps others from changing it meanwhile (`OpenWorkspace.freeze`) and points to the target after.
 *
 * @throws AppError `conflict` when the target is not empty or has another schema, or when what arrived is not what was
 *   sent; nothing is left in the target then.
 */
export async function moveWorkspace(from: Workspace, to: Workspace, options: MoveOptions): Promise<MoveResult> {
  const { signal } = options
  const tables = await listTables(from)
  await checkTarget(tables, to)
  return snapshot(from, tables, (source) =>
    to.transaction().execute(async (target) => {
      await neverIdle(target)
      const sent: TableContent[] = []
      for (const [done, table] of tables.entries()) {
        const tell = (rows: number): void =>
          options.onProgress?.({ phase: 'copying', table: table.name, rows, done, of: tables.length })
        sent.push(await copyTable(source, target, table, tell, signal))
      }
      for (const [done, table] of tables.entries()) {
        const content = await contentOf(target, table, signal)
        options.onProgress?.({ phase: 'verifying', table: table.name, rows: content.rows, done, of: tables.length })
        compare(sent[done], content)
      }
      const auditRoot = await options.auditRoot(source)
      if ((await options.auditRoot(target)) !== auditRoot) throw damagedOnTheWay('The audit log')
      await options.adapt?.(target)
      signal?.throwIfAborted()
      return { tables: sent, auditRoot }
    }),
  )
}

/**
 * One state of the source for the whole copy. On PostgreSQL its tables are locked first, so that a change under way
 * ends before, and others begin after; on SQLite there is one writer, whom the caller has frozen.
 */
function snapshot<T>(
  from: Workspace,
  tables: readonly TableShape[],
  work: (source: Workspace) => Promise<T>,
): Promise<T> {
  if (dialectOf(from) === 'sqlite') return from.transaction().execute(work)
  return from
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (source) => {
      await neverIdle(source)
      for (const { name } of tables) await sql`lock table ${sql.table(name)} in share mode`.execute(source)
      return work(source)
    })
}

/** While one side works the other waits, for longer than its server lets a transaction be idle. */
async function neverIdle(trx: Workspace): Promise<void> {
  if (dialectOf(trx) === 'postgres') await sql`set local idle_in_transaction_session_timeout = 0`.execute(trx)
}

async function checkTarget(tables: readonly TableShape[], to: Workspace): Promise<void> {
  const there = await listTables(to)
  const shape = (list: readonly TableShape[]) =>
    JSON.stringify(list.map(({ name, columns }) => [name, columns.toSorted()]).toSorted())
  if (shape(there) !== shape(tables))
    throw new AppError('conflict', 'The other workspace has other tables, so nothing was moved.', {
      hint: 'Use the same version of the application for both.',
    })
  for (const { name } of there) {
    const { rows } = await sql`select 1 as filled from ${sql.table(name)} limit 1`.execute(to)
    if (rows.length > 0)
      throw new AppError('conflict', 'There is a workspace already at the other place, so nothing was moved.', {
        hint: 'Choose an empty schema, or open that workspace instead.',
      })
  }
}

async function copyTable(
  source: Workspace,
  target: Workspace,
  table: TableShape,
  tell: (rows: number) => void,
  signal: AbortSignal | undefined,
): Promise<TableContent> {
  const hash = rowHash()
  let rows = 0
  tell(0)
  for await (const batch of readRows(source, table)) {
    signal?.throwIfAborted()
    await insertRows(target, table, batch)
    hash.add(batch)
    rows += batch.length
    tell(rows)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { table: table.name, rows, sha256: hash.digest() }
}

async function insertRows(target: Workspace, { name, columns }: TableShape, rows: readonly Row[]): Promise<void> {
  const atOnce = Math.max(1, Math.floor(mostParameters / columns.length))
  for (let at = 0; at < rows.length; at += atOnce) {
    const values = rows.slice(at, at + atOnce).map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`)
    const list = sql.join(columns.map((column) => sql.ref(column)))
    await sql`insert into ${sql.table(name)} (${list}) values ${sql.join(values)}`.execute(target)
  }
}

function compare(sent: TableContent | undefined, arrived: TableContent): void {
  if (sent?.rows !== arrived.rows || sent.sha256 !== arrived.sha256) throw damagedOnTheWay(`Table ${arrived.table}`)
}

const damagedOnTheWay = (what: string): AppError =>
  new AppError('conflict', `${what} did not arrive as it was sent, so nothing was moved.`, {
    hint: 'Nothing has changed here. Try again; if it happens again, report it with the log.',
    retryable: false,
  })
