import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'
import { v7 as uuid } from 'uuid'
import { AppError } from '#preload/contract/error.ts'
import { storageError } from './errors.ts'
import { createFreezer } from './freeze.ts'
import { type Migration, migrateSqlite } from './migrate.ts'
import { createListeners, encodeNotice, type Notice } from './notices.ts'
import type { OpenWorkspace, Workspace, WorkspaceState } from './opened.ts'
import type { WorkspacePlace } from './place.ts'

const backupsKept = 5

/** Opens a workspace in a SQLite file, `:memory:` for tests. Its notices stay in this process: nobody else has it open. */
export async function openSqlite(
  place: Extract<WorkspacePlace, { kind: 'sqlite' }>,
  migrations: readonly Migration[],
): Promise<OpenWorkspace> {
  const { path } = place
  const inMemory = path === ':memory:'
  if (!inMemory) mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const existed = !inMemory && existsSync(path)
  const database = openDatabase(path)
  try {
    migrateSqlite(database, migrations, () => {
      if (existed) backupBeforeMigration(database, path)
    })
  } catch (thrown) {
    database.close()
    throw damaged(thrown, path)
  }
  const freezer = createFreezer()
  const workspace: Workspace = new Kysely({
    dialect: new SqliteDialect({ database: preparingOnce(database) }),
    plugins: [freezer.plugin],
  })
  const notices = createListeners<Notice>()
  const instance = uuid()
  const state: WorkspaceState = { state: 'connected', since: new Date().toISOString() }
  return {
    workspace,
    dialect: 'sqlite',
    place,
    instance,
    state: () => state,
    onState: () => () => {},
    async notify(topic, payload) {
      encodeNotice(instance, topic, payload)
      notices.tell({ topic, payload, from: instance, own: true })
    },
    onNotify: notices.on,
    freeze: freezer.freeze,
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

/** The same file by a connection of its own that only reads, so that a long look holds nobody up. */
export function readSqlite(path: string): { readonly workspace: Workspace; readonly close: () => Promise<void> } {
  const database = new Database(path, { readonly: true })
  const workspace: Workspace = new Kysely({ dialect: new SqliteDialect({ database }) })
  return {
    workspace,
    async close() {
      await workspace.destroy()
      database.close()
    },
  }
}

const statementsKept = 256

/** Prepares each statement once, which costs as much as what it does. Kysely runs one after another, so none is shared. */
function preparingOnce(database: Database.Database): SqliteDatabase {
  const prepared = new Map<string, Database.Statement>()
  return {
    close: () => void database.close(),
    prepare(text) {
      const known = prepared.get(text)
      if (known) return known
      const statement = database.prepare(text)
      const [oldest] = prepared.keys()
      if (prepared.size === statementsKept && oldest !== undefined) prepared.delete(oldest)
      prepared.set(text, statement)
      return statement
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
