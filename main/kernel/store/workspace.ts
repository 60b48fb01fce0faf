import type { Migration } from './migrate.ts'
import type { OpenWorkspace } from './opened.ts'
import type { WorkspacePlace } from './place.ts'
import { openSqlite } from './sqlite.ts'

export type { OpenWorkspace, Workspace } from './opened.ts'
export { backupsFolder, pruneBackups, stamp } from './sqlite.ts'

/**
 * Opens the workspace and brings it up to `migrations`. A path alone is a SQLite file (`:memory:` for tests), of which
 * a backup is made before any migration; a PostgreSQL server migrates in one transaction, one process at a time.
 *
 * @throws AppError `storage` when the database is damaged, belongs to a newer application, or has a history that is
 *   not ours; it is then left exactly as it was. `unreachable`, `unauthenticated`, `not_found`, `forbidden` or
 *   `unsupported` when a server cannot be used.
 */
export async function openWorkspace(
  place: WorkspacePlace | string,
  migrations: readonly Migration[],
): Promise<OpenWorkspace> {
  if (typeof place === 'string') return openSqlite({ kind: 'sqlite', path: place }, migrations)
  if (place.kind === 'sqlite') return openSqlite(place, migrations)
  const { openPostgres } = await import('./postgres.ts') // its client costs a start 40 ms, which most do not need
  return openPostgres(place, migrations)
}
