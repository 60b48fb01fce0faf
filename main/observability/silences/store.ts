import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Matcher } from '#preload/observability/matchers.ts'

/** A silence of this workspace. It is never deleted, so that an alert's history can still name it; expiry moves its end. */
export type LocalSilence = {
  readonly id: string
  readonly matchers: readonly Matcher[]
  readonly startsAt: string
  readonly endsAt: string
  readonly createdBy: string
  readonly comment: string
  readonly updatedAt: string
}

type SilenceTables = {
  local_silence: {
    id: string
    matchers: string
    starts_at: string
    ends_at: string
    created_by: string
    comment: string
    updated_at: string
  }
}

export function createSilenceStore(workspace: Workspace) {
  const db = workspace.withTables<SilenceTables>()
  return {
    list: async (endsAfter: string): Promise<LocalSilence[]> =>
      (
        await db.selectFrom('local_silence').selectAll().where('ends_at', '>', endsAfter).orderBy('ends_at').execute()
      ).map(fromRow),

    async find(id: string): Promise<LocalSilence | null> {
      const row = await db.selectFrom('local_silence').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? fromRow(row) : null
    },

    async save(silence: LocalSilence): Promise<void> {
      const row = {
        matchers: JSON.stringify(silence.matchers),
        starts_at: silence.startsAt,
        ends_at: silence.endsAt,
        created_by: silence.createdBy,
        comment: silence.comment,
        updated_at: silence.updatedAt,
      }
      await db
        .insertInto('local_silence')
        .values({ id: silence.id, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute()
    },
  }
}

export type SilenceStore = ReturnType<typeof createSilenceStore>

const fromRow = (row: SilenceTables['local_silence']): LocalSilence => ({
  id: row.id,
  matchers: JSON.parse(row.matchers),
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  createdBy: row.created_by,
  comment: row.comment,
  updatedAt: row.updated_at,
})

export const silenceTables = [
  `create table local_silence (
    id text primary key, matchers text not null, starts_at text not null, ends_at text not null,
    created_by text not null, comment text not null, updated_at text not null
  )`,
] as const
