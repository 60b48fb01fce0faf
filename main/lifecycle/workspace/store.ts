import { sql } from 'kysely'
import { applicationPrefix } from '#main/kernel/store/place.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { VaultTables, WrappedKey } from '#main/kernel/vault/vault.ts'

export type Instance = {
  readonly name: string
  readonly address: string | null
  readonly since: string
  readonly own: boolean
}

/** What the server says of itself: its version, and the processes that have the workspace of this schema open. */
export async function readServer(
  workspace: Workspace,
  schema: string,
): Promise<{ readonly version: string; readonly instances: readonly Instance[] }> {
  const version = await sql<{ version: string }>`select current_setting('server_version') as version`.execute(workspace)
  const prefix = applicationPrefix(schema)
  const sessions = await sql<{ name: string; address: string | null; since: string; own: number }>`
    select substr(application_name, ${prefix.length + 1}::int) as name, host(client_addr) as address,
      to_char(min(backend_start) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since,
      bool_or(pid = pg_backend_pid()) as own
    from pg_stat_activity
    where datname = current_database() and starts_with(application_name, ${prefix})
    group by application_name, client_addr order by since`.execute(workspace)
  return {
    version: version.rows[0]?.version ?? '',
    instances: sessions.rows.map((row) => ({ ...row, own: row.own === 1 })),
  }
}

/** How the vault of a workspace is protected, and how many secrets are in it. */
export async function readVault(
  workspace: Workspace,
): Promise<{ readonly by: WrappedKey['by'] | null; readonly secrets: number }> {
  const db = workspace.withTables<VaultTables>()
  const key = await db.selectFrom('vault_key').select('by').executeTakeFirst()
  const { secrets } = await db
    .selectFrom('vault_secret')
    .select((eb) => eb.fn.countAll<number>().as('secrets'))
    .executeTakeFirstOrThrow()
  return { by: key?.by ?? null, secrets: Number(secrets) }
}

/** Replaces the wrapped key of a vault, or removes it where there is nothing to open. */
export async function writeVaultKey(workspace: Workspace, key: WrappedKey | null): Promise<void> {
  const db = workspace.withTables<VaultTables>()
  if (key) await db.updateTable('vault_key').set(key).execute()
  else await db.deleteFrom('vault_key').execute()
}
