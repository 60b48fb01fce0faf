import type { Workspace } from '#main/kernel/store/workspace.ts'
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

    insert: async (provider: StoredProvider): Promise<void> => {
      await db.insertInto('provider').values(toRow(provider)).execute()
    },

    /** Replaces the provider if it still has `revision`. @returns whether it had. */
    async replace(provider: StoredProvider, revision: number): Promise<boolean> {
      const { id, ...row } = toRow(provider)
      const result = await db
        .updateTable('provider')
        .set(row)
        .where('id', '=', id)
        .where('revision', '=', revision)
        .executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },

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
