import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { AppError } from '#preload/contract/error.ts'
import { storageError } from './errors.ts'
import { type Migration, migrate } from './migrate.ts'

/** The workspace database. Each store adds the tables it owns with `withTables`. */
export type Workspace = Kysely<Record<never, never>>

export type OpenWorkspace = {
  readonly workspace: Workspace
  readonly path: string
  /** Copies the database, whole and consistent, while it is in use. */
  readonly backup: (target: string) => Promise<void>
  readonly close: () => Promise<void>
}

const backupsKept = 5

/**
 * Opens the workspace at `path` (`:memory:` for tests), bringing it up to `migrations`. A backup is made before any
 * migration of an existing database.
 *
 * @throws AppError `storage` when the file is damaged, belongs to a newer application, or has a history that is not
 *   ours; the file is then left exactly as it was.
 */
export async function openWorkspace(path: string, migrations: readonly Migration[]): Promise<OpenWorkspace> {
  const inMemory = path === ':memory:'
  if (!inMemory) mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const existed = !inMemory && existsSync(path)
  const database = openDatabase(path)
  try {
    migrate(database, migrations, () => {
      if (existed) backupBeforeMigration(database, path)
    })
  } catch (thrown) {
    database.close()
    throw damaged(thrown, path)
  }
  const workspace: Workspace = new Kysely({ dialect: new SqliteDialect({ database }) })
  return {
    workspace,
    path,
    backup: async (target) => {
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
      await database.backup(target)
    },
    async close() {
      await workspace.destroy()
      database.close() // Kysely closes only a database that it has used
    },
  }
}

function openDatabase(path: string): Database.Database {
  let database: Database.Database | undefined
  try {
    database = new Database(path)
    const health = database.pragma('quick_check(1)', { simple: true })
    if (health !== 'ok') throw Object.assign(new Error(String(health)), { code: 'SQLITE_CORRUPT' })
    database.pragma('journal_mode = wal')
    database.pragma('synchronous = full')
    database.pragma('foreign_keys = on')
    database.pragma('busy_timeout = 5000')
    return database
  } catch (thrown) {
    database?.close()
    throw damaged(thrown, path)
  }
}

function damaged(thrown: unknown, path: string): unknown {
  const error = storageError(thrown)
  if (!error?.message.includes('damaged')) return error ?? thrown
  const newest = newestBackup(path)
  return new AppError('storage', `The workspace database ${path} is damaged and was left as it is.`, {
    hint: newest
      ? `Quit, move it aside, and copy the backup ${newest} to its place.`
      : 'Move it aside to start with an empty workspace; there is no backup yet.',
    retryable: false,
    cause: thrown,
  })
}

export const backupsFolder = (path: string): string => join(dirname(path), 'backups')

function newestBackup(path: string): string | null {
  const folder = backupsFolder(path)
  if (!existsSync(folder)) return null
  const newest = readdirSync(folder).sort().at(-1)
  return newest ? join(folder, newest) : null
}

/** Copies the files of a database nobody else has open; the WAL is folded in first. */
function backupBeforeMigration(database: Database.Database, path: string): void {
  const folder = backupsFolder(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  database.pragma('wal_checkpoint(truncate)')
  copyFileSync(path, join(folder, `workspace-${stamp()}-before-migration.db`))
  pruneBackups(path)
}

export const stamp = (): string => new Date().toISOString().replace(/[:.]/g, '-')

/** Keeps the newest backups. */
export function pruneBackups(path: string): void {
  const folder = backupsFolder(path)
  for (const old of readdirSync(folder).sort().slice(0, -backupsKept)) rmSync(join(folder, old))
}
