import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { matcher } from './matcher.ts'
import { createPromql } from './promql/promql.ts'
import { sample } from './sample.ts'
import { createMetricStore, rawRetentionMs, rollupRetentionMs } from './store.ts'

const start = Date.UTC(2026, 0, 1)
const minute = 60_000
const day = 86_400_000
const named = (name: string) => [matcher('__name__', '=', name)]
const load = named('load')

function filled(minutes: number) {
  const database = new Sqlite(':memory:')
  const store = createMetricStore(database)
  for (let tick = 0; tick < minutes * 12; tick++)
    store.append(start + tick * 5000, [sample('load', tick, { host: 'a' }), sample('load', -tick, { host: 'b' })])
  return { store, database }
}

describe('samples', () => {
  it('come back in order over sealed and open windows, the ends of the asked time included', () => {
    const { store } = filled(17)
    const [first, second] = store.select(load, start + 4 * minute, start + 16 * minute)
    expect(first?.labels).toEqual({ __name__: 'load', host: 'a' })
    expect(first?.values).toEqual(Array.from({ length: 145 }, (_, index) => 48 + index))
    expect(first?.at).toEqual(first?.values.map((tick) => start + tick * 5000))
    expect(second?.values[0]).toBe(-48)
  })

  it('are selected by all four kinds of matcher, a missing label counting as empty', () => {
    const store = createMetricStore(new Sqlite(':memory:'))
    store.append(start, [sample('up', 1, { job: 'a' }), sample('up', 2, { job: 'b', zone: 'z' }), sample('down', 3)])
    const values = (...matchers: Parameters<typeof matcher>[]) =>
      store
        .select(
          matchers.map((each) => matcher(...each)),
          0,
          start,
        )
        .map((series) => series.values[0])
    expect(values(['__name__', '=', 'up'], ['zone', '=', ''])).toEqual([1])
    expect(values(['__name__', '=', 'up'], ['job', '!=', 'a'])).toEqual([2])
    expect(values(['__name__', '=~', 'u.|do.*'])).toEqual([3, 1, 2])
    expect(values(['job', '!~', 'a|b'], ['__name__', '=~', '.+'])).toEqual([3])
  })

  it('belong to one series whatever the order of its labels', () => {
    const store = createMetricStore(new Sqlite(':memory:'))
    store.append(start, [sample('up', 1, { a: '1', b: '2' })])
    store.append(start + 1, [sample('up', 2, { b: '2', a: '1' })])
    expect(store.select(named('up'), start, start + 1)).toHaveLength(1)
  })

  it('may be NaN and infinite', () => {
    const { store } = filled(0)
    store.append(start, [sample('load', Number.NaN)])
    store.append(start + 6 * minute, [sample('load', -Infinity)])
    expect(store.select(load, start, start + day)[0]?.values).toEqual([Number.NaN, -Infinity])
    expect(store.selectRollups(load, start, start + day)[0]?.points.map((point) => point.max)).toEqual([
      Number.NaN,
      -Infinity,
    ])
  })
})

describe('rollups', () => {
  it('hold minimum, maximum, sum, count and last of five minutes, the open window included', () => {
    const { store } = filled(12)
    const [series] = store.selectRollups(load, start, start + day)
    expect(series?.points).toHaveLength(3)
    expect(series?.points[1]).toEqual({
      startMs: start + 5 * minute,
      lastMs: start + 10 * minute - 5000,
      count: 60,
      min: 60,
      max: 119,
      sum: (60 * (60 + 119)) / 2,
      last: 119,
      avg: 89.5,
    })
    expect(series?.points[2]).toMatchObject({ count: 24, min: 120, last: 143 })
  })

  it('stand in for samples that are gone, so that PromQL reaches back further than raw data', () => {
    const { store } = filled(60)
    const now = start + rawRetentionMs + 30 * minute
    store.prune(now)
    expect(store.select(load, start, start + day)[0]?.at[0]).toBe(start + 30 * minute)
    const values = createPromql(store).range('load{host="a"}', start + 9 * minute, start + 49 * minute, 10 * minute)
      .series[0]?.values
    // Before minute 30 the last sample of each five minutes, after it every sample.
    expect(values).toEqual([59, 179, 299, 468, 588])
  })
})

describe('retention', () => {
  it('drops samples after two days, rollups after ninety, and then the series', () => {
    const { store, database } = filled(11)
    store.append(start + rawRetentionMs + day, [sample('other', 1)])
    expect(store.prune(start + rawRetentionMs + day)).toBeGreaterThan(0)
    expect(store.select(load, start, start + day)).toEqual([])
    expect(store.selectRollups(load, start, start + day)[0]?.points).toHaveLength(3)
    store.prune(start + rollupRetentionMs + day)
    expect(store.seriesNames()).toEqual(['other'])
    expect(database.prepare('select count(*) from metric_rollup').pluck().get()).toBe(0)
    expect(createMetricStore(database).seriesNames()).toEqual(['other'])
  })

  it('lets a series that was dropped come back', () => {
    const { store } = filled(6)
    store.append(start + day, [sample('other', 1)])
    store.prune(start + rollupRetentionMs + 2 * day)
    store.append(start + rollupRetentionMs + 2 * day, [sample('load', 7, { host: 'a' })])
    expect(store.select(load, 0, start + 2 * rollupRetentionMs).map((series) => series.values)).toEqual([[7]])
  })
})

describe('a wall clock that jumps back', () => {
  it('opens its window again, keeps the later of two samples with one time, and counts each once', () => {
    const { store } = filled(12)
    for (let tick = 60; tick < 70; tick++)
      store.append(start + tick * 5000 + (tick % 2), [sample('load', 1000, { host: 'a' })])
    store.append(start + 30 * minute, [sample('load', 1, { host: 'a' })])
    const [series] = store.select(load, start, start + 20 * minute)
    expect(series?.at).toEqual([...(series?.at ?? [])].sort((a, b) => a - b))
    // Five of the ten have times that exist already and replace them, five are new.
    expect(series?.at).toHaveLength(12 * 12 + 5)
    expect(series?.values[60]).toBe(1000)
    expect(store.selectRollups(load, start, start + day)[0]?.points[1]).toMatchObject({ count: 65, max: 1000 })
  })

  it('is readable while it is back', () => {
    const { store } = filled(12)
    store.append(start - day, [sample('load', 5, { host: 'a' })])
    expect(createPromql(store).instant('load{host="a"}', start - day)).toMatchObject({ samples: [{ value: 5 }] })
  })
})

it('lists names and label values, sorted', () => {
  const store = createMetricStore(new Sqlite(':memory:'))
  store.append(start, [sample('b', 1, { job: 'y' }), sample('a', 1, { job: 'x' }), sample('a', 1)])
  expect(store.seriesNames()).toEqual(['a', 'b'])
  expect(store.labelValues('job')).toEqual(['x', 'y'])
  expect(store.labelValues('job', named('b'))).toEqual(['y'])
})

it('loses nothing that was appended when its process is killed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'metric-store-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'metrics.sqlite')
  const script = `
    const { createMetricStore } = await import(${JSON.stringify(new URL('./store.ts', import.meta.url).href)})
    const { default: Sqlite } = await import('better-sqlite3')
    const store = createMetricStore(new Sqlite(${JSON.stringify(path)}))
    for (let tick = 0; ; tick++) {
      store.append(${start} + tick * 5000, [{ name: 'load', labels: {}, value: tick }])
      process.stdout.write(tick + '\\n')
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
    if (printed.length > 2000) child.kill('SIGKILL')
  })
  await once(child, 'close')
  const acknowledged = Number(printed.slice(0, printed.lastIndexOf('\n')).split('\n').at(-1))
  const database = new Sqlite(path)
  const values = createMetricStore(database).select(load, start, start + 100 * day)[0]?.values ?? []
  expect(acknowledged).toBeGreaterThan(100)
  expect(values.length).toBeGreaterThan(acknowledged)
  expect(values).toEqual(Array.from({ length: values.length }, (_, index) => index))
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  database.close()
})
