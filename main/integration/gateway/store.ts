import { isUniqueViolation } from '#main/kernel/store/portable.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'

export type StoredFile = {
  readonly name: string
  readonly text: string
  readonly revision: number
  readonly updatedAt: string
}

type FileTables = { gateway_file: { name: string; text: string; revision: number; updated_at: string } }

/** The Gateway API files of a workspace. */
export function createGatewayFileStore(workspace: Workspace) {
  const db = workspace.withTables<FileTables>()
  return {
    list: async (): Promise<StoredFile[]> =>
      (await db.selectFrom('gateway_file').selectAll().orderBy('name').execute()).map(fromRow),

    async find(name: string): Promise<StoredFile | null> {
      const row = await db.selectFrom('gateway_file').selectAll().where('name', '=', name).executeTakeFirst()
      return row ? fromRow(row) : null
    },

    /** Adds it, or replaces it if it still has the revision before. @returns whether it did. */
    async save({ name, text, revision, updatedAt }: StoredFile): Promise<boolean> {
      const row = { name, text, revision, updated_at: updatedAt }
      if (revision === 1)
        return db
          .insertInto('gateway_file')
          .values(row)
          .execute()
          .then(() => true, notUnique)
      const { numUpdatedRows } = await db
        .updateTable('gateway_file')
        .set(row)
        .where('name', '=', name)
        .where('revision', '=', revision - 1)
        .executeTakeFirstOrThrow()
      return Number(numUpdatedRows) === 1
    },

    remove: async (name: string): Promise<void> => {
      await db.deleteFrom('gateway_file').where('name', '=', name).execute()
    },
  }
}

export type GatewayFileStore = ReturnType<typeof createGatewayFileStore>

const notUnique = (thrown: unknown): false => {
  if (isUniqueViolation(thrown)) return false
  throw thrown
}

const fromRow = ({ updated_at: updatedAt, ...rest }: FileTables['gateway_file']): StoredFile => ({ ...rest, updatedAt })

export const gatewayFileTables = [
  'create table gateway_file (name text primary key, text text not null, revision integer not null, updated_at text not null)',
] as const
