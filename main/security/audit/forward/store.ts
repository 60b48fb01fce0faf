import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { SecretWrite } from '#main/kernel/vault/vault.ts'
import {
  type Progress,
  type ProgressColumns,
  progressColumns,
  progressFromRow,
  progressToRow,
} from '../follow/progress.ts'
import type { ForwarderSettings } from './settings.ts'

export type StoredForwarder = {
  readonly id: string
  readonly revision: number
  readonly settings: ForwarderSettings
  readonly progress: Progress
}

type ForwarderTables = {
  audit_forwarder: { id: string; name: string; settings: string; revision: number } & ProgressColumns
}

/** Forwarders and how far each has come; no secret is in here. */
export function createForwarderStore(workspace: Workspace) {
  const db = workspace.withTables<ForwarderTables>()
  return {
    list: async (): Promise<StoredForwarder[]> =>
      (await db.selectFrom('audit_forwarder').selectAll().orderBy('name').execute()).map(fromRow),

    async find(id: string): Promise<StoredForwarder | null> {
      const row = await db.selectFrom('audit_forwarder').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? fromRow(row) : null
    },

    insert: (forwarder: StoredForwarder, secret: SecretWrite | null = null): Promise<void> =>
      workspace.transaction().execute(async (trx) => {
        await trx.withTables<ForwarderTables>().insertInto('audit_forwarder').values(toRow(forwarder)).execute()
        await secret?.(trx)
      }),

    /**
     * Replaces the settings, and the secret with them, if the forwarder still has the expected revision; keeps its
     * cursor. @returns whether it had.
     */
    replace: (
      { id, revision, settings }: Omit<StoredForwarder, 'progress'>,
      expected: number,
      secret: SecretWrite | null = null,
    ): Promise<boolean> =>
      workspace.transaction().execute(async (trx) => {
        const result = await trx
          .withTables<ForwarderTables>()
          .updateTable('audit_forwarder')
          .set({ name: settings.name, settings: JSON.stringify(settings), revision })
          .where('id', '=', id)
          .where('revision', '=', expected)
          .executeTakeFirst()
        if (Number(result.numUpdatedRows) !== 1) return false
        await secret?.(trx)
        return true
      }),

    /** @returns whether there is such a forwarder. */
    async saveProgress(id: string, progress: Progress): Promise<boolean> {
      const result = await db
        .updateTable('audit_forwarder')
        .set(progressToRow(progress))
        .where('id', '=', id)
        .executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },

    remove: async (id: string): Promise<void> => {
      await db.deleteFrom('audit_forwarder').where('id', '=', id).execute()
    },
  }
}

export type ForwarderStore = ReturnType<typeof createForwarderStore>

const toRow = ({ id, revision, settings, progress }: StoredForwarder): ForwarderTables['audit_forwarder'] => ({
  id,
  name: settings.name,
  settings: JSON.stringify(settings),
  revision,
  ...progressToRow(progress),
})

const fromRow = (row: ForwarderTables['audit_forwarder']): StoredForwarder => ({
  id: row.id,
  revision: row.revision,
  settings: JSON.parse(row.settings),
  progress: progressFromRow(row),
})

export const forwarderTables = [
  `create table audit_forwarder (
    id text primary key, name text not null unique, settings text not null, revision integer not null,
    ${progressColumns}
  )`,
] as const
