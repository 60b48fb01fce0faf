import type { Workspace } from '#main/kernel/store/workspace.ts'

/** One kind of decision on one day, as often as it was made. */
export type DecisionCount = {
  /** Tells one kind of decision from another. */
  readonly key: string
  /** Day in UTC: 2026-01-31. */
  readonly day: string
  /** What it takes to make it again, as JSON. */
  readonly facts: string
  readonly outcome: string
  readonly times: number
  readonly firstAt: string
  readonly lastAt: string
}

type DecisionTables = {
  decision: {
    key: string
    day: string
    facts: string
    outcome: string
    times: number
    first_at: string
    last_at: string
  }
}

const batch = 200

/** What the one door decided over the last days, counted. */
export function createDecisionStore(workspace: Workspace) {
  const db = workspace.withTables<DecisionTables>()
  return {
    /** In one order everywhere, so that processes that count the same at the same time do not wait for each other in a circle. */
    add: (counts: readonly DecisionCount[]): Promise<void> =>
      db.transaction().execute(async (trx) => {
        for (const { firstAt, lastAt, ...count } of counts.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
          await trx
            .insertInto('decision')
            .values({ ...count, first_at: firstAt, last_at: lastAt })
            .onConflict((conflict) =>
              conflict.columns(['key', 'day']).doUpdateSet((eb) => ({
                times: eb('decision.times', '+', eb.ref('excluded.times')),
                last_at: eb.ref('excluded.last_at'),
              })),
            )
            .execute()
      }),

    /** Since a day, by kind, a batch at a time. */
    async *since(day: string): AsyncGenerator<readonly Omit<DecisionCount, 'day'>[]> {
      let after = ''
      for (;;) {
        const rows = await db
          .selectFrom('decision')
          .select(['key', 'facts', 'outcome'])
          .select((eb) => [
            eb.fn.sum<number | string>('times').as('times'),
            eb.fn.min('first_at').as('first_at'),
            eb.fn.max('last_at').as('last_at'),
          ])
          .where('day', '>=', day)
          .where('key', '>', after)
          .groupBy(['key', 'facts', 'outcome'])
          .orderBy('key')
          .limit(batch)
          .execute()
        const last = rows.at(-1)
        if (!last) return
        after = last.key
        yield rows.map(({ first_at, last_at, times, ...row }) => ({
          ...row,
          times: Number(times),
          firstAt: first_at,
          lastAt: last_at,
        }))
      }
    },

    async prune(before: string): Promise<number> {
      const result = await db.deleteFrom('decision').where('day', '<', before).executeTakeFirst()
      return Number(result.numDeletedRows)
    },
  }
}

export type DecisionStore = ReturnType<typeof createDecisionStore>

export const decisionTables = [
  `create table decision (
    "key" text not null, "day" text not null, facts text not null, outcome text not null, times integer not null,
    first_at text not null, last_at text not null, primary key ("key", "day")
  )`,
] as const
