import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { AnchorInput } from '#preload/security/audit-delivery.ts'
import {
  type Progress,
  type ProgressColumns,
  progressColumns,
  progressFromRow,
  progressToRow,
} from '../follow/progress.ts'
import type { StoredToken, TokenStore } from './tsa.ts'

export type StoredAnchor = {
  readonly id: string
  readonly revision: number
  readonly settings: AnchorInput
  readonly progress: Progress
}

type AnchorTables = {
  audit_anchor: { id: string; name: string; settings: string; revision: number } & ProgressColumns
  audit_anchor_token: { anchor_id: string; size: number; at: string; note: string; token: string }
}

/** Anchors, how far each has come, and the timestamps that were given. Tokens outlive their anchor. */
export function createAnchorStore(workspace: Workspace) {
  const db = workspace.withTables<AnchorTables>()
  return {
    list: async (): Promise<StoredAnchor[]> =>
      (await db.selectFrom('audit_anchor').selectAll().orderBy('name').execute()).map(fromRow),

    async find(id: string): Promise<StoredAnchor | null> {
      const row = await db.selectFrom('audit_anchor').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? fromRow(row) : null
    },

    insert: async ({ id, revision, settings, progress }: StoredAnchor): Promise<void> => {
      const row = { id, name: settings.name, settings: JSON.stringify(settings), revision, ...progressToRow(progress) }
      await db.insertInto('audit_anchor').values(row).execute()
    },

    /** Replaces settings and progress if the anchor still has `expected`. @returns whether it had. */
    async replace({ id, revision, settings, progress }: StoredAnchor, expected: number): Promise<boolean> {
      const result = await db
        .updateTable('audit_anchor')
        .set({ name: settings.name, settings: JSON.stringify(settings), revision, ...progressToRow(progress) })
        .where('id', '=', id)
        .where('revision', '=', expected)
        .executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },

    /** @returns whether there is such an anchor. */
    async saveProgress(id: string, progress: Progress): Promise<boolean> {
      const row = progressToRow(progress)
      const result = await db.updateTable('audit_anchor').set(row).where('id', '=', id).executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },

    remove: async (id: string): Promise<void> => {
      await db.deleteFrom('audit_anchor').where('id', '=', id).execute()
    },

    /** Every token there is, of anchors that were removed too; for evidence packages. */
    allTokens: async (): Promise<readonly (StoredToken & { readonly anchorId: string })[]> => {
      const rows = await db.selectFrom('audit_anchor_token').selectAll().orderBy('size').orderBy('anchor_id').execute()
      return rows.map(({ anchor_id, size, at, note, token }) => ({
        anchorId: anchor_id,
        size: Number(size),
        at,
        note,
        token,
      }))
    },

    tokens: (anchorId: string): TokenStore => ({
      all: async () => {
        const rows = await db
          .selectFrom('audit_anchor_token')
          .selectAll()
          .where('anchor_id', '=', anchorId)
          .orderBy('size')
          .execute()
        return rows.map(({ size, at, note, token }) => ({ size: Number(size), at, note, token }))
      },
      add: async (token) => {
        await db
          .insertInto('audit_anchor_token')
          .values({ anchor_id: anchorId, ...token })
          .onConflict((conflict) => conflict.columns(['anchor_id', 'size']).doUpdateSet({ ...token }))
          .execute()
      },
    }),
  }
}

export type AnchorStore = ReturnType<typeof createAnchorStore>

const fromRow = (row: AnchorTables['audit_anchor']): StoredAnchor => ({
  id: row.id,
  revision: row.revision,
  settings: JSON.parse(row.settings),
  progress: progressFromRow(row),
})

export const anchorTables = [
  `create table audit_anchor (
    id text primary key, name text not null unique, settings text not null, revision integer not null,
    ${progressColumns}
  )`,
  `create table audit_anchor_token (
    anchor_id text not null, size bigint not null, at text not null, note text not null, token text not null,
    primary key (anchor_id, size)
  )`,
] as const
