import { v7 as uuid } from 'uuid'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { AlertActivity } from '#preload/observability/alerts.ts'
import type { Overlay } from './inbox/alert.ts'

type AlertTables = {
  alert_overlay: {
    alert_id: string
    ack_by: string | null
    ack_at: string | null
    ack_comment: string | null
    ack_since: number | null
    assignee: string | null
  }
  alert_activity: {
    id: string
    alert_id: string
    at: string
    by: string
    kind: AlertActivity['kind']
    text: string
    correlation_id: string
  }
}

export type Acknowledgement = NonNullable<Overlay['acknowledgement']>

export type Activity = Omit<AlertActivity, 'at'> & { readonly alertId: string; readonly at: string }

/** One statement carries at most this many rows: SQLite and PostgreSQL both limit the parameters of a statement. */
const batch = 500

/** Rows are written in one order everywhere, so that two people who choose the same alerts never wait for each other. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function* batches<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += batch) yield all.slice(at, at + batch)
}

/** What people added to alerts: acknowledgements, assignees, notes, and who did what. */
export function createAlertStore(workspace: Workspace) {
  const db = workspace.withTables<AlertTables>()

  const overlays = async (ids?: readonly string[]): Promise<Overlay[]> => {
    const found: Overlay[] = []
    for (const some of ids ? batches(ids) : [null]) {
      const rows = await db
        .selectFrom('alert_overlay')
        .selectAll()
        .$if(some !== null, (query) => query.where('alert_id', 'in', [...(some ?? [])]))
        .orderBy('alert_id')
        .execute()
      const notes = await db
        .selectFrom('alert_activity')
        .select(['alert_id', (eb) => eb.fn.countAll<number>().as('count')])
        .where('kind', '=', 'noted')
        .$if(some !== null, (query) => query.where('alert_id', 'in', [...(some ?? [])]))
        .groupBy('alert_id')
        .execute()
      found.push(...combine(rows, new Map(notes.map((row) => [row.alert_id, Number(row.count)]))))
    }
    return found
  }

  return {
    overlays,

    /** Sets or clears acknowledgements, and records who did it, in one transaction. */
    acknowledge: (given: ReadonlyMap<string, Acknowledgement | null>, activity: readonly Activity[]) =>
      db.transaction().execute(async (trx) => {
        for (const some of batches([...given].sort(([a], [b]) => byText(a, b))))
          await trx
            .insertInto('alert_overlay')
            .values(
              some.map(([id, ack]) => ({
                alert_id: id,
                ack_by: ack?.by ?? null,
                ack_at: ack?.at ?? null,
                ack_comment: ack?.comment ?? null,
                ack_since: ack?.since ?? null,
                assignee: null,
              })),
            )
            .onConflict((conflict) =>
              conflict.column('alert_id').doUpdateSet((eb) => ({
                ack_by: eb.ref('excluded.ack_by'),
                ack_at: eb.ref('excluded.ack_at'),
                ack_comment: eb.ref('excluded.ack_comment'),
                ack_since: eb.ref('excluded.ack_since'),
              })),
            )
            .execute()
        await insertActivity(trx, activity)
      }),

    assign: (ids: readonly string[], assignee: string | null, activity: readonly Activity[]) =>
      db.transaction().execute(async (trx) => {
        for (const some of batches([...new Set(ids)].sort(byText)))
          await trx
            .insertInto('alert_overlay')
            .values(
              some.map((id) => ({
                alert_id: id,
                ack_by: null,
                ack_at: null,
                ack_comment: null,
                ack_since: null,
                assignee,
              })),
            )
            .onConflict((conflict) => conflict.column('alert_id').doUpdateSet({ assignee }))
            .execute()
        await insertActivity(trx, activity)
      }),

    record: (activity: readonly Activity[]) => db.transaction().execute((trx) => insertActivity(trx, activity)),

    activity: async (id: string): Promise<AlertActivity[]> =>
      (
        await db
          .selectFrom('alert_activity')
          .select(['at', 'by', 'kind', 'text', 'correlation_id as correlationId'])
          .where('alert_id', '=', id)
          .orderBy('at', 'desc')
          .orderBy('id', 'desc')
          .limit(500)
          .execute()
      ).map((row) => ({ ...row })),
  }

  async function insertActivity(trx: typeof db, activity: readonly Activity[]): Promise<void> {
    for (const some of batches(activity))
      await trx
        .insertInto('alert_activity')
        .values(
          some.map(({ alertId, correlationId, ...rest }) => ({
            id: uuid(),
            alert_id: alertId,
            correlation_id: correlationId,
            ...rest,
          })),
        )
        .execute()
  }
}

export type AlertStore = ReturnType<typeof createAlertStore>

function combine(rows: readonly AlertTables['alert_overlay'][], notes: Map<string, number>): Overlay[] {
  const withRow = rows.map((row) => ({
    id: row.alert_id,
    acknowledgement:
      row.ack_by !== null && row.ack_at !== null && row.ack_since !== null
        ? { by: row.ack_by, at: row.ack_at, comment: row.ack_comment ?? '', since: Number(row.ack_since) }
        : null,
    assignee: row.assignee,
    notes: notes.get(row.alert_id) ?? 0,
  }))
  const known = new Set(rows.map((row) => row.alert_id))
  const notesOnly = [...notes].filter(([id]) => !known.has(id))
  return [...withRow, ...notesOnly.map(([id, count]) => ({ id, acknowledgement: null, assignee: null, notes: count }))]
}

/** The statements that made these tables; see main/app/migrations.ts. */
export const alertTables = [
  `create table alert_overlay (
    alert_id text primary key, ack_by text, ack_at text, ack_comment text, ack_since bigint, assignee text
  )`,
  `create table alert_activity (
    id text primary key, alert_id text not null, at text not null, by text not null, kind text not null,
    text text not null, correlation_id text not null
  )`,
  'create index alert_activity_by_alert on alert_activity (alert_id, at)',
] as const
