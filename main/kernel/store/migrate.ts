import { createHash } from 'node:crypto'
import type Database from 'better-sqlite3'
import { AppError } from '#preload/contract/error.ts'
import type { Dialect } from './opened.ts'

/** One step of the schema's history. Once released it never changes: a correction is a new step. */
export type Migration = {
  readonly name: string
  readonly statements: readonly string[]
  /** What PostgreSQL is told instead, where its SQL differs. */
  readonly postgres?: readonly string[]
}

export const ledger = `create table if not exists migration (
  position integer primary key,
  name text not null unique,
  checksum text not null,
  applied_at text not null
)`

export type Applied = { readonly position: number; readonly name: string; readonly checksum: string }

export const statementsFor = (migration: Migration, dialect: Dialect): readonly string[] =>
  (dialect === 'postgres' ? migration.postgres : undefined) ?? migration.statements

export const checksum = (migration: Migration, dialect: Dialect): string =>
  createHash('sha256').update(statementsFor(migration, dialect).join(';\n')).digest('hex')

/**
 * Applies what is missing, each migration in its own transaction, and records it with its checksum.
 *
 * @param beforeChange called once, before the first change to a database that has a history.
 * @throws AppError `storage` when the database was written by a newer application or its history differs from ours.
 *   Nothing is changed then.
 */
export function migrateSqlite(
  database: Database.Database,
  migrations: readonly Migration[],
  beforeChange: () => void,
): void {
  const applied = readApplied(database)
  refuseForeignHistory(applied, migrations, 'sqlite')
  const missing = migrations.slice(applied.length)
  if (missing.length === 0) return
  if (applied.length > 0) beforeChange()
  database.exec(ledger)
  const record = database.prepare(
    'insert into migration (position, name, checksum, applied_at) values (:position, :name, :checksum, :appliedAt)',
  )
  for (const [index, migration] of missing.entries()) {
    database.transaction(() => {
      for (const statement of migration.statements) database.exec(statement)
      record.run({
        position: applied.length + index,
        name: migration.name,
        checksum: checksum(migration, 'sqlite'),
        appliedAt: new Date().toISOString(),
      })
    })()
  }
}

function readApplied(database: Database.Database): readonly Applied[] {
  const known = database.prepare("select 1 from sqlite_master where type = 'table' and name = 'migration'").get()
  if (known)
    return database.prepare('select position, name, checksum from migration order by position').all() as Applied[]
  const foreign = database.prepare("select name from sqlite_master where type = 'table' limit 1").get()
  if (foreign) throw notOurs('Choose another data folder with --data.')
  return []
}

export const notOurs = (hint: string): AppError =>
  new AppError('storage', 'This database was not made by this application, so it is not touched.', {
    hint,
    retryable: false,
  })

/** @throws AppError `storage` when somebody newer or different wrote this history. */
export function refuseForeignHistory(
  applied: readonly Applied[],
  migrations: readonly Migration[],
  dialect: Dialect,
): void {
  for (const [index, entry] of applied.entries()) {
    const ours = migrations[index]
    if (!ours)
      throw new AppError('storage', 'This workspace was written by a newer version of the application.', {
        hint: `Update the application, or open another data folder with --data. Unknown step: ${entry.name}.`,
        retryable: false,
      })
    if (ours.name !== entry.name || checksum(ours, dialect) !== entry.checksum)
      throw new AppError('storage', `The history of this workspace differs from ours at step ${entry.name}.`, {
        hint: 'It was written by a different build. Open another data folder with --data, or restore a backup.',
        retryable: false,
      })
  }
}
