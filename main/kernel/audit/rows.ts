import { CompiledQuery, PostgresAdapter, sql } from 'kysely'
import type { Workspace } from '../store/workspace.ts'

type Executor = Pick<Workspace, 'getExecutor' | 'executeQuery'>

/** Whether other processes may be writing to the same workspace. */
export const isShared = (db: Pick<Workspace, 'getExecutor'>): boolean =>
  db.getExecutor().adapter instanceof PostgresAdapter

/** Waits until no other process is at it (by default: writes to the log); holds it until the transaction ends. */
export async function takeTurn(trx: Workspace, at = 'audit'): Promise<void> {
  if (isShared(trx))
    await sql`select pg_advisory_xact_lock(hashtextextended(current_schema() || ':' || ${at}::text, 0))`.execute(trx)
}

/** The time that all processes of the workspace share. */
export async function sharedTime(db: Workspace, here: string): Promise<string> {
  if (!isShared(db)) return here
  const { rows } = await sql<{ now: string }>`
    select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now`.execute(db)
  return rows[0]?.now ?? here
}

/**
 * Runs work in a transaction. Where it fails, why it failed is told: SQLite has often undone a transaction by itself (a
 * full disk), and that it cannot be undone once more would hide the reason.
 */
export async function inTransaction<T>(workspace: Workspace, work: (trx: Workspace) => Promise<T>): Promise<T> {
  const trx = await workspace.startTransaction().execute()
  try {
    const result = await work(trx)
    await trx.commit().execute()
    return result
  } catch (thrown) {
    await trx
      .rollback()
      .execute()
      .catch(() => {})
    throw thrown
  }
}

const rowsAtOnce = 200

/**
 * Inserts many rows with few statements. Written as text, because building the same statement from an object for each
 * value costs more than the database does.
 */
export async function insertRows(
  db: Executor,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
  ending = '',
): Promise<void> {
  const shared = isShared(db)
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    const some = rows.slice(at, at + rowsAtOnce)
    await db.executeQuery(CompiledQuery.raw(statement(shared, table, columns, some.length, ending), some.flat()))
  }
}

const statements = new Map<string, string>()

function statement(shared: boolean, table: string, columns: readonly string[], rows: number, ending: string): string {
  const key = `${shared} ${table} ${rows} ${ending}`
  const known = statements.get(key)
  if (known) return known
  let next = 0
  const row = (): string => `(${columns.map(() => (shared ? `$${++next}` : '?')).join(', ')})`
  const values = Array.from({ length: rows }, row).join(', ')
  const text = `insert into ${table} (${columns.map((column) => `"${column}"`).join(', ')}) values ${values} ${ending}`
  statements.set(key, text)
  return text
}
