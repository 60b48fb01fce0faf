import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { SecretWrite } from '#main/kernel/vault/vault.ts'
import type { Provider } from '#preload/security/sign-in.ts'

/** A provider as it is kept: settings without its secrets, which are in the vault. */
export type StoredProvider = Pick<Provider, 'id' | 'revision' | 'settings'>

type ProviderTables = { provider: { id: string; kind: string; name: string; settings: string; revision: number } }

export function createProviderStore(workspace: Workspace) {
  const db = workspace.withTables<ProviderTables>()
  return {
    list: async (): Promise<StoredProvider[]> =>
      (await db.selectFrom('provider').selectAll().orderBy('name').execute()).map(fromRow),

    async find(id: string): Promise<StoredProvider | null> {
      const row = await db.selectFrom('provider').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? fromRow(row) : null
    },

    insert: (provider: StoredProvider, secret: SecretWrite | null = null): Promise<void> =>
      workspace.transaction().execute(async (trx) => {
        await trx.withTables<ProviderTables>().insertInto('provider').values(toRow(provider)).execute()
        await secret?.(trx)
      }),

    /** Replaces the provider, and its secret with it, if it still has `revision`. @returns whether it had. */
    replace: (provider: StoredProvider, revision: number, secret: SecretWrite | null = null): Promise<boolean> =>
      workspace.transaction().execute(async (trx) => {
        const { id, ...row } = toRow(provider)
        const result = await trx
          .withTables<ProviderTables>()
          .updateTable('provider')
          .set(row)
          .where('id', '=', id)
          .where('revision', '=', revision)
          .executeTakeFirst()
        if (Number(result.numUpdatedRows) !== 1) return false
        await secret?.(trx)
        return true
      }),

    async remove(id: string): Promise<boolean> {
      const result = await db.deleteFrom('provider').where('id', '=', id).executeTakeFirst()
      return Number(result.numDeletedRows) === 1
    },
  }
}

export type ProviderStore = ReturnType<typeof createProviderStore>

const toRow = ({ id, settings, revision }: StoredProvider): ProviderTables['provider'] => ({
  id,
  kind: settings.kind,
  name: settings.name,
  settings: JSON.stringify(settings),
  revision,
})

const fromRow = (row: ProviderTables['provider']): StoredProvider => ({
  id: row.id,
  settings: JSON.parse(row.settings),
  revision: row.revision,
})

export const providerTables = [
  `create table provider (
    id text primary key, kind text not null, name text not null unique, settings text not null, revision integer not null
  )`,
] as const
