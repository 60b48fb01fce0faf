import type Database from 'better-sqlite3'
import type { AlertPeriod, AlertState } from '#preload/observability/alerts.ts'
import type { Sighting } from './alert.ts'

/** An alert as the history database keeps it between runs. */
export type StoredAlert = {
  readonly id: string
  readonly environment: string
  readonly state: AlertState
  readonly since: number
  readonly endedAt: number | null
  readonly lastSeenAt: number
  readonly sightings: readonly Sighting[]
}

export type Transition = { readonly id: string; readonly at: number; readonly state: AlertState }

const schema = `
  create table if not exists alert (
    id text primary key, environment text not null, state text not null, since integer not null,
    ended_at integer, last_seen_at integer not null, sightings text not null
  );
  create table if not exists transition (
    alert_id text not null, at integer not null, state text not null, primary key (alert_id, at)
  ) without rowid;
  create table if not exists watched (source_id text primary key, since integer not null, environment text not null);
  create table if not exists source_memory (source_id text primary key, memory text not null);
`

/**
 * The history of alerts: what this application has seen itself, for as long as it is kept. Written as alerts change,
 * never as they are looked at. Owned by the inbox worker.
 */
export function openHistory(database: Database.Database) {
  database.pragma('journal_mode = wal')
  database.pragma('synchronous = normal')
  database.exec(schema)
  const upsert = database.prepare(
    `insert into alert (id, environment, state, since, ended_at, last_seen_at, sightings)
     values (:id, :environment, :state, :since, :endedAt, :lastSeenAt, :sightings)
     on conflict (id) do update set state = excluded.state, since = excluded.since, ended_at = excluded.ended_at,
       last_seen_at = excluded.last_seen_at, sightings = excluded.sightings`,
  )
  const lastTransition = database.prepare('select max(at) as at from transition where alert_id = :id')
  const insertTransition = database.prepare(
    'insert into transition (alert_id, at, state) values (:id, :at, :state) on conflict (alert_id, at) do update set state = excluded.state',
  )
  const readTransitions = database.prepare(
    'select at, state from transition where alert_id = :id and at <= :to order by at',
  )
  const markWatched = database.prepare(
    'insert into watched (source_id, since, environment) values (:source, :since, :environment) on conflict (source_id) do nothing',
  )
  const readMemory = database.prepare('select memory from source_memory where source_id = :source')
  const writeMemory = database.prepare(
    'insert into source_memory (source_id, memory) values (:source, :memory) on conflict (source_id) do update set memory = excluded.memory',
  )

  return {
    /** Stores changed alerts and their transitions in one transaction. */
    save: database.transaction((alerts: readonly StoredAlert[], transitions: readonly Transition[]) => {
      for (const alert of alerts) upsert.run({ ...alert, sightings: JSON.stringify(alert.sightings) })
      for (const { id, at, state } of transitions) {
        const last = lastTransition.get({ id }) as { at: number | null }
        // A wall clock that jumped back must not put a change before the one it follows.
        insertTransition.run({ id, at: last.at !== null && at <= last.at ? last.at + 1 : at, state })
      }
    }),

    /** What the inbox starts with: open alerts, and those resolved since a moment. */
    load: (resolvedSince: number): StoredAlert[] =>
      (
        database
          .prepare(`select ${columns} from alert where state <> 'resolved' or ended_at >= :resolvedSince`)
          .all({ resolvedSince }) as StoredRow[]
      ).map(toStored),

    find(id: string): StoredAlert | null {
      const row = database.prepare(`select ${columns} from alert where id = :id`).get({ id }) as StoredRow | undefined
      return row ? toStored(row) : null
    },

    periods(id: string, from: number, to: number): AlertPeriod[] {
      const rows = readTransitions.all({ id, to }) as { at: number; state: AlertState }[]
      return toPeriods(rows).filter((period) => period.to === null || Date.parse(period.to) >= from)
    },

    markWatched: (source: string, environment: string, since: number): void =>
      void markWatched.run({ source, environment, since }),

    watchedSince(environment: string): number | null {
      const row = database
        .prepare('select min(since) as since from watched where environment = :environment')
        .get({ environment }) as { since: number | null }
      return row.since
    },

    memory(source: string): string | null {
      const row = readMemory.get({ source }) as { memory: string } | undefined
      return row?.memory ?? null
    },
    remember: (source: string, memory: string): void => void writeMemory.run({ source, memory }),

    prune(before: number): number {
      database.prepare("delete from alert where state = 'resolved' and ended_at < :before").run({ before })
      return database
        .prepare('delete from transition where at < :before and alert_id not in (select id from alert)')
        .run({ before }).changes
    },

    close: (): void => void database.close(),
  }
}

type StoredRow = {
  id: string
  environment: string
  state: AlertState
  since: number
  ended_at: number | null
  last_seen_at: number
  sightings: string
}

const columns = 'id, environment, state, since, ended_at, last_seen_at, sightings'

const toStored = (row: StoredRow): StoredAlert => ({
  id: row.id,
  environment: row.environment,
  state: row.state,
  since: row.since,
  endedAt: row.ended_at,
  lastSeenAt: row.last_seen_at,
  sightings: JSON.parse(row.sightings),
})

export type History = ReturnType<typeof openHistory>

/** Stretches between transitions; a resolved alert has no stretch until it comes back. */
export function toPeriods(transitions: readonly { at: number; state: AlertState }[]): AlertPeriod[] {
  return transitions.flatMap(({ at, state }, index) => {
    if (state === 'resolved') return []
    const next = transitions[index + 1]
    return [{ state, from: new Date(at).toISOString(), to: next ? new Date(next.at).toISOString() : null }]
  })
}
