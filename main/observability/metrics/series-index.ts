import type { Database } from 'better-sqlite3'
import { type Matcher, matchesAll } from './matcher.ts'
import { byCodeUnit, canonicalLabels, type Labels, labelsKey, metricName } from './sample.ts'

/** One series as the store knows it: `labels` carries the metric name too, in canonical order. */
export type Series = { readonly id: number; readonly name: string; readonly labels: Labels; readonly key: string }

/** Every series of the store in memory, found by identity, by id, and by matchers. */
export function createSeriesIndex(database: Database) {
  const insert = database.prepare(
    'insert into metric_series (name, labels) values (:name, :labels) on conflict (name, labels) do update set name = name returning id',
  )
  const byId = new Map<number, Series>()
  const byKey = new Map<string, Series>()
  const byName = new Map<string, Set<Series>>()

  const remember = (id: number, name: string, labels: Labels): Series => {
    const full = canonicalLabels({ ...labels, [metricName]: name })
    const series = { id, name, labels: full, key: labelsKey(full) }
    byId.set(id, series)
    byKey.set(keyOf(name, labels), series)
    const named = byName.get(name) ?? new Set()
    byName.set(name, named.add(series))
    return series
  }

  for (const row of database.prepare('select id, name, labels from metric_series').all() as SeriesRow[])
    remember(row.id, row.name, JSON.parse(row.labels) as Labels)

  return {
    get: (id: number): Series | undefined => byId.get(id),
    all: (): Iterable<Series> => byId.values(),
    names: (): readonly string[] => [...byName.keys()].sort(byCodeUnit),

    /** Call outside a transaction: one that rolls back would leave a series here that the table does not have. */
    findOrCreate(name: string, labels: Labels): Series {
      const known = byKey.get(keyOf(name, labels))
      if (known !== undefined) return known
      const row = insert.get({ name, labels: JSON.stringify(canonicalLabels(labels)) }) as { id: number }
      return remember(row.id, name, labels)
    },

    /** The series that satisfy all matchers, sorted by their labels as Prometheus sorts a block. */
    select(matchers: readonly Matcher[]): readonly Series[] {
      const name = matchers.find((each) => each.name === metricName && each.operator === '=')
      const candidates = name === undefined ? byId.values() : (byName.get(name.value) ?? [])
      return [...candidates]
        .filter((series) => matchesAll(matchers, series.labels))
        .sort((a, b) => byCodeUnit(a.key, b.key))
    },

    forget(id: number): void {
      const series = byId.get(id)
      if (series === undefined) return
      byId.delete(id)
      const { [metricName]: name = '', ...labels } = series.labels
      byKey.delete(keyOf(name, labels))
      const named = byName.get(name)
      named?.delete(series)
      if (named?.size === 0) byName.delete(name)
    },
  }
}

type SeriesRow = { readonly id: number; readonly name: string; readonly labels: string }

const keyOf = (name: string, labels: Labels): string => `${name}\uffff${labelsKey(labels)}`
