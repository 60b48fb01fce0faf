import type { Database } from 'better-sqlite3'
import type { Labels } from '../sample.ts'

/** One active alert of a rule, as it is kept over restarts. Times are milliseconds since the epoch. */
export type ActiveAlert = {
  readonly labels: Labels
  readonly annotations: Labels
  readonly value: number
  readonly state: 'pending' | 'firing'
  readonly activeAt: number
  /** Since when the expression no longer holds while keep_firing_for keeps the alert. */
  readonly keepFiringSince: number | null
}

const schema = `
create table if not exists rule_alert (
  rule text not null,
  labels text not null,
  annotations text not null,
  value real,
  state text not null,
  active_at integer not null,
  keep_firing_since integer,
  primary key (rule, labels)
) without rowid;
create table if not exists rule_evaluation (
  id integer primary key check (id = 1),
  at integer not null
);
`

/** Active alerts and the time of the last evaluation, so that a restart does not begin `for` again. */
export function createAlertStore(database: Database) {
  database.exec(schema)
  const clear = database.prepare('delete from rule_alert where rule = ?')
  const insert = database.prepare(
    `insert into rule_alert (rule, labels, annotations, value, state, active_at, keep_firing_since)
     values (:rule, :labels, :annotations, :value, :state, :activeAt, :keepFiringSince)`,
  )
  const known = database.prepare('select distinct rule from rule_alert').pluck()
  const evaluated = database.prepare('insert or replace into rule_evaluation (id, at) values (1, ?)')
  const lastEvaluation = database.prepare('select at from rule_evaluation').pluck()
  const rows = database.prepare(
    `select labels, annotations, value, state, active_at as activeAt, keep_firing_since as keepFiringSince
     from rule_alert where rule = ?`,
  )

  return {
    load: (rule: string): readonly ActiveAlert[] =>
      (rows.all(rule) as Row[]).map((row) => ({
        ...row,
        labels: JSON.parse(row.labels) as Labels,
        annotations: JSON.parse(row.annotations) as Labels,
        value: row.value ?? Number.NaN,
      })),
    /** Deletes the alerts of rules that are no longer in the file. */
    keepOnly: (rules: ReadonlySet<string>): void => {
      for (const rule of known.all() as string[]) if (!rules.has(rule)) clear.run(rule)
    },
    lastEvaluationMs: (): number | null => (lastEvaluation.get() as number | undefined) ?? null,
    /** Replaces the alerts of the given rules, in one transaction with the time of the evaluation. */
    save: (atMs: number, changed: ReadonlyMap<string, readonly ActiveAlert[]>): void => {
      database.transaction(() => {
        for (const [rule, alerts] of changed) {
          clear.run(rule)
          for (const alert of alerts)
            insert.run({
              ...alert,
              rule,
              labels: JSON.stringify(alert.labels),
              annotations: JSON.stringify(alert.annotations),
            })
        }
        evaluated.run(atMs)
      })()
    },
  }
}

export type AlertStore = ReturnType<typeof createAlertStore>
type Row = Omit<ActiveAlert, 'labels' | 'annotations' | 'value'> & {
  readonly labels: string
  readonly annotations: string
  readonly value: number | null
}
