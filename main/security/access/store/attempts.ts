import type { Workspace } from '#main/kernel/store/workspace.ts'

export type Attempts = { readonly failures: number; readonly lastAt: number }

type AttemptTables = { sign_in_attempt: { subject: string; failures: number; last_at: string } }

/** Failed attempts, by a digest of whom or where they are about: the names that were tried are not kept. */
export function createAttemptStore(workspace: Workspace) {
  const db = workspace.withTables<AttemptTables>()
  return {
    async of(subject: string): Promise<Attempts> {
      const row = await db.selectFrom('sign_in_attempt').selectAll().where('subject', '=', subject).executeTakeFirst()
      return { failures: row?.failures ?? 0, lastAt: row ? Date.parse(row.last_at) : 0 }
    },

    /** Counts one more, in one statement, so that attempts at the same time are all counted. @returns how many. */
    async add(subject: string, at: string): Promise<number> {
      const { failures } = await db
        .insertInto('sign_in_attempt')
        .values({ subject, failures: 1, last_at: at })
        .onConflict((conflict) =>
          conflict.column('subject').doUpdateSet((is) => ({
            failures: is('sign_in_attempt.failures', '+', 1),
            last_at: at,
          })),
        )
        .returning('failures')
        .executeTakeFirstOrThrow()
      return failures
    },

    /** Takes one back that turned out to be no failure. */
    take: async (subject: string): Promise<void> => {
      await db
        .updateTable('sign_in_attempt')
        .set((is) => ({ failures: is('failures', '-', 1) }))
        .where('subject', '=', subject)
        .where('failures', '>', 0)
        .execute()
    },

    clear: async (subjects: readonly string[]): Promise<void> => {
      if (subjects.length > 0)
        await db
          .deleteFrom('sign_in_attempt')
          .where('subject', 'in', [...subjects])
          .execute()
    },

    forget: async (before: string): Promise<void> => {
      await db.deleteFrom('sign_in_attempt').where('last_at', '<', before).execute()
    },
  }
}

export type AttemptStore = ReturnType<typeof createAttemptStore>

export const attemptTables = [
  'create table sign_in_attempt (subject text primary key, failures integer not null, last_at text not null)',
  'create index sign_in_attempt_by_time on sign_in_attempt (last_at)',
] as const
