import { isUniqueViolation } from '#main/kernel/store/portable.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { SecretWrite } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Connection, ConnectionKind } from '#preload/fleet/connections.ts'

/** A connection as it is stored: no secret, no state. */
export type StoredConnection = Omit<Connection, 'state'>

type ConnectionTables = {
  connection: {
    id: string
    kind: ConnectionKind
    name: string
    url: string
    environment: string
    enabled: number
    auth: string
    tls: string
    revision: number
    created_at: string
    updated_at: string
  }
}

type Row = ConnectionTables['connection']

export function createConnectionStore(workspace: Workspace) {
  const db = workspace.withTables<ConnectionTables>()
  return {
    list: async (): Promise<StoredConnection[]> =>
      (await db.selectFrom('connection').selectAll().orderBy('name').execute()).map(fromRow),

    async find(id: string): Promise<StoredConnection | null> {
      const row = await db.selectFrom('connection').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? fromRow(row) : null
    },

    /** @throws AppError `conflict` when somebody took the name meanwhile, in another process too. */
    insert: async (connection: StoredConnection): Promise<void> => {
      await db.insertInto('connection').values(toRow(connection)).execute().catch(nameTaken(connection.name))
    },

    /**
     * Replaces the connection and its secrets if it still has `revision`: of two who change it at once, the secrets of
     * the second must not stay with the settings of the first. @returns whether it had. @throws AppError `conflict`.
     */
    async replace(connection: StoredConnection, revision: number, secrets: SecretWrite): Promise<boolean> {
      const { id, ...row } = toRow(connection)
      const work = workspace.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .withTables<ConnectionTables>()
          .updateTable('connection')
          .set(row)
          .where('id', '=', id)
          .where('revision', '=', revision)
          .executeTakeFirstOrThrow()
        if (Number(numUpdatedRows) !== 1) return false
        await secrets(trx)
        return true
      })
      return work.catch(nameTaken(connection.name))
    },

    remove: async (id: string): Promise<void> => {
      await db.deleteFrom('connection').where('id', '=', id).execute()
    },
  }
}

const nameTaken =
  (name: string) =>
  (thrown: unknown): never => {
    if (!isUniqueViolation(thrown)) throw thrown
    throw new AppError('conflict', `Another connection is called ${name}.`, {
      hint: 'Choose another name.',
      at: 'name',
    })
  }

export type ConnectionStore = ReturnType<typeof createConnectionStore>

const toRow = (connection: StoredConnection): Row => ({
  id: connection.id,
  kind: connection.kind,
  name: connection.name,
  url: connection.url,
  environment: connection.environment,
  enabled: connection.enabled ? 1 : 0,
  auth: JSON.stringify(connection.auth),
  tls: JSON.stringify(connection.tls),
  revision: connection.revision,
  created_at: connection.createdAt,
  updated_at: connection.updatedAt,
})

const fromRow = (row: Row): StoredConnection => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  url: row.url,
  environment: row.environment,
  enabled: row.enabled === 1,
  auth: JSON.parse(row.auth),
  tls: JSON.parse(row.tls),
  revision: row.revision,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

export const connectionTables = [
  `create table connection (
    id text primary key, kind text not null, name text not null unique, url text not null, environment text not null,
    enabled integer not null, auth text not null, tls text not null, revision integer not null,
    created_at text not null, updated_at text not null
  )`,
] as const
