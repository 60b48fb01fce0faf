import type pg from 'pg'
import { AppError } from '#preload/contract/error.ts'
import {
  type Applied,
  checksum,
  ledger,
  type Migration,
  notOurs,
  refuseForeignHistory,
  statementsFor,
} from './migrate.ts'

/** Oldest server whose SQL we use is tested against (`server_version_num`). */
const oldestVersion = 130_000
/** Another process may be migrating; so long this one waits for it. */
const waitsForMs = 120_000

/**
 * Applies what is missing, all of it in one transaction, while an advisory lock keeps other processes waiting; those
 * then find nothing left to do.
 *
 * @throws AppError `storage` when the schema is not ours, was written by a newer application, or has another history;
 *   `unsupported` for a server that is too old or whose database is not UTF-8. Nothing is changed then.
 */
export async function migratePostgres(
  client: pg.Client,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  await checkServer(client)
  await client.query('begin')
  try {
    await client.query(`set local lock_timeout = ${waitsForMs}`)
    await client.query('set local statement_timeout = 0')
    await client.query("select pg_advisory_xact_lock(hashtextextended('framework0 migration ' || $1::text, 0))", [
      schema,
    ])
    const applied = await readHistory(client, schema)
    refuseForeignHistory(applied, migrations, 'postgres')
    const missing = migrations.slice(applied.length)
    if (missing.length > 0) await apply(client, schema, missing, applied.length)
    await client.query('commit')
  } catch (thrown) {
    await client.query('rollback').catch(() => {})
    throw thrown
  }
}

/** @returns the version, for people. @throws AppError `unsupported`. */
export async function checkServer(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ version: number; name: string; encoding: string }>(`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
      current_setting('server_encoding') as encoding`)
  const [server] = rows
  if (!server || server.version < oldestVersion)
    throw new AppError('unsupported', `PostgreSQL ${server?.name} is too old for a team workspace.`, {
      hint: 'Use PostgreSQL 13 or newer; 15 is what we test with.',
    })
  if (server.encoding !== 'UTF8')
    throw new AppError('unsupported', `The database is encoded as ${server.encoding}, which cannot hold every text.`, {
      hint: "Create one with: create database … encoding 'UTF8' template template0",
    })
  return server.name
}

/** The ledger of a schema; empty when nothing is there yet. @throws AppError `storage` for what is not ours. */
export async function readHistory(client: pg.ClientBase, schema: string): Promise<readonly Applied[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where nspname = $1 and relkind in ('r', 'p', 'v', 'm', 'f')`,
    [schema],
  )
  if (rows.length === 0) return []
  if (!rows.some(({ name }) => name === 'migration')) throw notOurs('Choose another schema.')
  const applied = await client.query<Applied>(
    `select position, name, checksum from ${client.escapeIdentifier(schema)}.migration order by position`,
  )
  return applied.rows
}

async function apply(
  client: pg.Client,
  schema: string,
  missing: readonly Migration[],
  firstPosition: number,
): Promise<void> {
  const known = await client.query('select 1 from pg_namespace where nspname = $1', [schema])
  if (known.rowCount === 0) await client.query(`create schema ${client.escapeIdentifier(schema)}`)
  await client.query(ledger)
  for (const [index, migration] of missing.entries()) {
    for (const statement of statementsFor(migration, 'postgres')) await client.query(statement)
    await client.query('insert into migration (position, name, checksum, applied_at) values ($1, $2, $3, $4)', [
      firstPosition + index,
      migration.name,
      checksum(migration, 'postgres'),
      new Date().toISOString(),
    ])
  }
  await compareByBytes(client, schema)
}

/** Text is ordered by its bytes, as SQLite does, not by the language that the database happens to be made for. */
async function compareByBytes(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `select table_name as table, column_name as column from information_schema.columns
     where table_schema = $1 and data_type = 'text' and collation_name is null and is_updatable = 'YES'`,
    [schema],
  )
  for (const { table, column } of rows)
    await client.query(
      `alter table ${client.escapeIdentifier(table)} alter column ${client.escapeIdentifier(column)} type text collate "C"`,
    )
}
