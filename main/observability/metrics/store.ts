import type { Database } from 'better-sqlite3'
import { decodeChunk, encodeChunk, type Points } from './chunk.ts'
import { createHead } from './head.ts'
import type { Matcher } from './matcher.ts'
import { inOrder, mergeRollups, type Rollup, rollupOf, windowOf } from './rollup.ts'
import { byCodeUnit, type Labels, type Sample } from './sample.ts'
import { createSeriesIndex, type Series } from './series-index.ts'

export const rawRetentionMs = 2 * 86_400_000
export const rollupRetentionMs = 90 * 86_400_000

export type SeriesSamples = {
  readonly labels: Labels
  readonly at: readonly number[]
  readonly values: readonly number[]
}
export type RollupPoint = Rollup & { readonly startMs: number; readonly avg: number }
export type SeriesRollups = { readonly labels: Labels; readonly points: readonly RollupPoint[] }

const schema = `
create table if not exists metric_series (
  id integer primary key,
  name text not null,
  labels text not null,
  unique (name, labels)
);
create table if not exists metric_head (seq integer primary key, at integer not null, data blob not null);
create table if not exists metric_chunk (
  series integer not null,
  start_ms integer not null,
  data blob not null,
  primary key (series, start_ms)
) without rowid;
create table if not exists metric_rollup (
  series integer not null,
  start_ms integer not null,
  last_ms integer not null,
  count integer not null,
  min real,
  max real,
  sum real,
  last real,
  primary key (series, start_ms)
) without rowid;
`

/**
 * Samples of this machine in SQLite: the window being written (`head`), one compressed chunk per series and five
 * minutes for two days, and one rollup (minimum, maximum, sum, count, last) per series and five minutes for ninety.
 * Times are milliseconds since the epoch. A sample may arrive with any time: when the wall clock jumps back its window
 * is opened again, and of two samples of a series with the same time the later written one stays.
 * A killed process loses nothing that `append` returned for; a power cut may lose the last seconds.
 */
export function createMetricStore(database: Database) {
  // NORMAL leaves WAL consistent after a power cut; FULL would sync the disk every five seconds for disposable data.
  database.pragma('journal_mode = wal')
  database.pragma('synchronous = normal')
  database.exec(schema)
  const sql = statements(database)
  const index = createSeriesIndex(database)
  const head = createHead(database)
  let oldestChunkMs = sql.oldestChunk.get() as number | null

  const seal = (): void => {
    const start = head.window()
    if (start === null) return
    for (const [series, points] of head.all()) sealSeries(series, start, inOrder(points))
    head.clearRows()
  }

  const sealSeries = (series: number, start: number, fresh: Points): void => {
    const data = sql.chunk.get(series, start) as Buffer | undefined
    const merged = data === undefined ? fresh : inOrder(concatenated(data, fresh))
    const old = data === undefined ? (sql.rollup.get(series, start) as Rollup | undefined) : undefined
    const rollup = old === undefined ? rollupOf(merged) : mergeRollups(withNaN(old), rollupOf(fresh))
    sql.putChunk.run(series, start, encodeChunk(merged))
    sql.putRollup.run({ series, start, ...rollup })
  }

  const store = {
    /** Stores samples measured at `atMs` in one transaction; a name with labels seen twice keeps its later value. */
    append(atMs: number, samples: readonly Sample[]): void {
      if (samples.length === 0) return
      const at = Math.round(atMs)
      const sealedStart = head.window()
      const sealing = sealedStart !== null && sealedStart !== windowOf(at)
      const entries = samples.map(({ name, labels, value }) => ({ series: index.findOrCreate(name, labels).id, value }))
      database.transaction(() => {
        if (sealing) seal()
        head.write(at, entries)
      })()
      if (sealing) {
        head.forget()
        oldestChunkMs = Math.min(oldestChunkMs ?? sealedStart, sealedStart)
      }
      head.remember(at, entries)
    },

    /** Raw samples of the last two days within [fromMs, toMs], ascending; series without any are left out. */
    select(matchers: readonly Matcher[], fromMs: number, toMs: number): readonly SeriesSamples[] {
      return index
        .select(matchers)
        .map((series) => ({ labels: series.labels, ...samplesOf(series, fromMs, toMs) }))
        .filter((series) => series.at.length > 0)
    },

    /** Five-minute rollups whose window starts within [fromMs, toMs], the window being written included. */
    selectRollups(matchers: readonly Matcher[], fromMs: number, toMs: number): readonly SeriesRollups[] {
      return index
        .select(matchers)
        .map((series) => ({ labels: series.labels, points: rollupsOf(series, fromMs, toMs) }))
        .filter((series) => series.points.length > 0)
    },

    /** Samples as PromQL reads them: raw where they are kept, before that the last value of each five minutes. */
    history(matchers: readonly Matcher[], fromMs: number, toMs: number): readonly SeriesSamples[] {
      const rawFrom = Math.min(oldestChunkMs ?? toMs, head.window() ?? toMs)
      if (fromMs >= rawFrom) return store.select(matchers, fromMs, toMs)
      return index
        .select(matchers)
        .map((series) => {
          const at: number[] = []
          const values: number[] = []
          for (const row of sql.lasts.iterate(series.id, windowOf(fromMs), rawFrom) as Iterable<LastRow>) {
            if (row.lastMs < fromMs || row.lastMs > toMs) continue
            at.push(row.lastMs)
            values.push(row.last ?? Number.NaN)
          }
          const raw = samplesOf(series, rawFrom, toMs)
          return { labels: series.labels, at: at.concat(raw.at), values: values.concat(raw.values) }
        })
        .filter((series) => series.at.length > 0)
    },

    seriesNames: (): readonly string[] => index.names(),

    /** Every value of a label, sorted, over the series that satisfy the matchers. */
    labelValues(label: string, matchers: readonly Matcher[] = []): readonly string[] {
      const values = new Set<string>()
      for (const series of index.select(matchers)) {
        const value = series.labels[label]
        if (value !== undefined) values.add(value)
      }
      return [...values].sort(byCodeUnit)
    },

    /** Deletes what is older than its retention, and the series that have nothing left; returns the rows deleted. */
    prune(nowMs: number): number {
      const deleted = database.transaction(
        () =>
          sql.pruneChunks.run(windowOf(nowMs - rawRetentionMs)).changes +
          sql.pruneRollups.run(windowOf(nowMs - rollupRetentionMs)).changes,
      )()
      oldestChunkMs = sql.oldestChunk.get() as number | null
      for (const { id } of sql.emptySeries.all() as { id: number }[]) {
        if (head.points(id) !== undefined) continue
        sql.deleteSeries.run(id)
        index.forget(id)
      }
      return deleted
    },
  }

  function samplesOf(series: Series, fromMs: number, toMs: number): Points {
    const found = { at: [] as number[], values: [] as number[] }
    for (const data of sql.chunks.all(series.id, windowOf(fromMs), toMs) as Buffer[])
      decodeChunk(data, found, fromMs, toMs)
    const fresh = head.points(series.id)
    fresh?.at.forEach((at, position) => {
      if (at < fromMs || at > toMs) return
      found.at.push(at)
      found.values.push(fresh.values[position] as number)
    })
    return inOrder(found)
  }

  function rollupsOf(series: Series, fromMs: number, toMs: number): readonly RollupPoint[] {
    const rows = sql.rollups.all(series.id, fromMs, toMs) as (Rollup & { startMs: number })[]
    const points = new Map(rows.map(({ startMs, ...row }) => [startMs, withNaN(row)]))
    const start = head.window()
    const fresh = head.points(series.id)
    if (start !== null && fresh !== undefined && start >= fromMs && start <= toMs) {
      const sealed = points.get(start)
      const current = rollupOf(inOrder(fresh))
      points.set(start, sealed === undefined ? current : mergeRollups(sealed, current))
    }
    return [...points]
      .sort(([a], [b]) => a - b)
      .map(([startMs, rollup]) => ({ startMs, ...rollup, avg: rollup.sum / rollup.count }))
  }

  return store
}

export type MetricStore = ReturnType<typeof createMetricStore>
type LastRow = { readonly lastMs: number; readonly last: number | null }

function statements(database: Database) {
  const rollupColumns = 'last_ms as lastMs, count, min, max, sum, last'
  return {
    chunk: database.prepare('select data from metric_chunk where series = ? and start_ms = ?').pluck(),
    chunks: database
      .prepare('select data from metric_chunk where series = ? and start_ms between ? and ? order by start_ms')
      .pluck(),
    putChunk: database.prepare('insert or replace into metric_chunk (series, start_ms, data) values (?, ?, ?)'),
    oldestChunk: database
      .prepare('select min((select min(start_ms) from metric_chunk where series = id)) from metric_series')
      .pluck(),
    rollup: database.prepare(`select ${rollupColumns} from metric_rollup where series = ? and start_ms = ?`),
    rollups: database.prepare(
      `select start_ms as startMs, ${rollupColumns} from metric_rollup where series = ? and start_ms between ? and ?`,
    ),
    lasts: database.prepare(
      'select last_ms as lastMs, last from metric_rollup where series = ? and start_ms >= ? and start_ms < ? order by start_ms',
    ),
    putRollup: database.prepare(
      `insert or replace into metric_rollup (series, start_ms, last_ms, count, min, max, sum, last)
       values (:series, :start, :lastMs, :count, :min, :max, :sum, :last)`,
    ),
    pruneChunks: database.prepare(
      'delete from metric_chunk where series in (select id from metric_series) and start_ms < ?',
    ),
    pruneRollups: database.prepare(
      'delete from metric_rollup where series in (select id from metric_series) and start_ms < ?',
    ),
    emptySeries: database.prepare(
      `select id from metric_series
       where not exists (select 1 from metric_chunk where series = id)
         and not exists (select 1 from metric_rollup where series = id)`,
    ),
    deleteSeries: database.prepare('delete from metric_series where id = ?'),
  }
}

/** SQLite stores NaN as null. */
const withNaN = (rollup: Rollup): Rollup => ({
  ...rollup,
  min: rollup.min ?? Number.NaN,
  max: rollup.max ?? Number.NaN,
  sum: rollup.sum ?? Number.NaN,
  last: rollup.last ?? Number.NaN,
})

function concatenated(data: Buffer, fresh: Points): Points {
  const all = { at: [] as number[], values: [] as number[] }
  decodeChunk(data, all)
  return { at: all.at.concat(fresh.at), values: all.values.concat(fresh.values) }
}
