import { PostgresAdapter, type QueryExecutorProvider, sql } from 'kysely'
import { type Clock, iso } from '../clock.ts'
import type { Dialect } from './opened.ts'

/** Which database a workspace, or a transaction of it, runs on. For the few places where the two must differ. */
export const dialectOf = (workspace: QueryExecutorProvider): Dialect =>
  workspace.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'

/**
 * Waits until no other transaction holds `name`, and holds it until this one ends. On PostgreSQL across all processes
 * of the workspace; on SQLite there is one process with one connection, and Kysely lets its transactions follow one
 * another, so that nothing is left to do.
 */
export async function exclusively(trx: QueryExecutorProvider, name: string): Promise<void> {
  if (dialectOf(trx) === 'sqlite') return
  await sql`select pg_advisory_xact_lock(hashtextextended(current_schema() || ':' || ${name}::text, 0))`.execute(trx)
}

/** The time of the database, ISO 8601 in UTC: what leases of several machines are told by, whose clocks differ. */
export async function databaseTime(workspace: QueryExecutorProvider, clock: Clock): Promise<string> {
  if (dialectOf(workspace) === 'sqlite') return iso(clock.now())
  const { rows } = await sql<{ now: string }>`
    select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now`.execute(workspace)
  return rows[0]?.now ?? iso(clock.now())
}

const codeOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : ''

/** A value that must be there once was there already (SQLITE_CONSTRAINT_*, SQLSTATE 23505). */
export const isUniqueViolation = (thrown: unknown): boolean =>
  ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', '23505'].includes(codeOf(thrown))

/** Two transactions were in each other's way and this one was undone (SQLITE_BUSY, SQLSTATE 40001 and 40P01). */
export const isSerializationFailure = (thrown: unknown): boolean =>
  codeOf(thrown).startsWith('SQLITE_BUSY') || ['40001', '40P01'].includes(codeOf(thrown))
