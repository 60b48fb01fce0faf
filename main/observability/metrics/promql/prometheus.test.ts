import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PrometheusPeer, startPrometheus } from '#e2e/app/peers/prometheus.ts'
import { type Labels, labelsKey, type Sample, sample } from '../sample.ts'
import { createMetricStore } from '../store.ts'
import { createPromql } from './promql.ts'

// Crosses 02:00, where Prometheus cuts a block, and the five-minute chunks of the store.
const startMs = Date.UTC(2026, 0, 15, 1, 10)
const endMs = Date.UTC(2026, 0, 15, 2, 40)

const store = createMetricStore(new Sqlite(':memory:'))
const promql = createPromql(store)
let prometheus: PrometheusPeer

beforeAll(async () => {
  const ticks = recordedTicks()
  for (const tick of ticks) store.append(tick.atMs, tick.samples)
  prometheus = await startPrometheus({ backfill: openMetrics(ticks) })
}, 60_000)
afterAll(() => prometheus.stop())

const expressions = [
  // selectors
  'cpu_seconds_total',
  'cpu_seconds_total{mode="user"}',
  'cpu_seconds_total{mode!="user"}',
  'cpu_seconds_total{mode=~"us.*|idle"}',
  'cpu_seconds_total{mode!~"user|system"}',
  '{__name__=~"mem.*|swap.*"}',
  'memory_bytes{zone=""}',
  'memory_bytes offset 7m',
  'memory_bytes offset -3m',
  'sparse',
  'sparse{kind="hourly"}',
  'nothing_here',
  // literals, arithmetic, unary
  '1 + 2 * 3 ^ 2 ^ 0.5 % 5',
  '-1 ^ 2',
  '2 * -1 ^ 2',
  '0x1f + 1e3 + .5',
  '1 / 0',
  '0 / 0',
  '-memory_bytes',
  '+memory_bytes',
  '-memory_bytes ^ 2',
  'memory_bytes / 1024 / 1024',
  '100 * (1 - memory_bytes / 2e10)',
  'memory_bytes % 1000',
  '2 ^ load',
  'load % 0.7',
  'memory_bytes + swap_bytes offset 5m',
  '-load offset 5m',
  'load ^ load offset 5m * swap_bytes offset 1m > 2',
  'load < 2 and load offset 20m >= 1 unless load offset 10m > 2',
  'load < 2 unless swap_bytes or memory_bytes offset 10m > 1e10 == bool 3 + 1 * 2',
  '-load ^ -load + 2 ^ -1 * 3',
  'rate(cpu_seconds_total[5m] offset 5m) - rate(cpu_seconds_total[5m]) # trailing comment',
  '# leading comment\n2 * load # comment\n + # another\n 1',
  // comparison
  'load > 1.5',
  'load > bool 1.5',
  '1.5 < load',
  '1.5 < bool load',
  '1 == bool 1',
  'load != 1',
  'oddities == oddities',
  'memory_bytes >= on(host) swap_bytes',
  'memory_bytes < bool on(host) swap_bytes',
  'cpu_seconds_total > 300 < 3000',
  // vector matching and sets
  'memory_bytes + swap_bytes',
  'memory_bytes - on(host, zone) swap_bytes',
  'memory_bytes / ignoring(zone) swap_bytes',
  'cpu_seconds_total{mode="user"} / ignoring(mode) cpu_seconds_total{mode="system"}',
  'cpu_seconds_total / on(host) group_left() sum by (host) (cpu_seconds_total)',
  'cpu_seconds_total * on(host) group_left(kernel) host_info',
  'host_info * on(host) group_right(kernel) cpu_seconds_total',
  'load and on(host) memory_bytes > 1.2e10',
  'load or swap_bytes',
  'load or on(host) swap_bytes',
  'load unless on(host) memory_bytes > 1.2e10',
  'load and ignoring(zone) swap_bytes',
  'memory_bytes and load > 2 or swap_bytes unless load < 1',
  // aggregation
  'sum(cpu_seconds_total)',
  'sum by (mode) (cpu_seconds_total)',
  'sum(cpu_seconds_total) without (mode)',
  'avg by (host) (cpu_seconds_total)',
  'min without (host) (cpu_seconds_total)',
  'max by (mode, nosuch) (cpu_seconds_total)',
  'count by (host) (cpu_seconds_total)',
  'group by (host) (cpu_seconds_total)',
  'topk(2, cpu_seconds_total)',
  'bottomk(1, cpu_seconds_total) by (host)',
  'topk(1 + time() % 2, load)',
  'sum(oddities)',
  'max(oddities)',
  'min(oddities)',
  'avg(oddities)',
  'count(load > 1)',
  // functions over ranges
  'rate(cpu_seconds_total[5m])',
  'rate(cpu_seconds_total[33s])',
  'rate(resetting_total[10m])',
  'rate(sparse[20m])',
  'rate(slow_start_total[30m])',
  'irate(cpu_seconds_total[1m])',
  'irate(resetting_total[1m])',
  'increase(cpu_seconds_total[7m] offset 2m)',
  'increase(resetting_total[17m])',
  'delta(memory_bytes[10m])',
  'idelta(load[1m])',
  'deriv(memory_bytes[15m])',
  'deriv(constant[15m])',
  'predict_linear(memory_bytes[20m], 3600)',
  'predict_linear(disk_avail_bytes[30m] offset 5m, 86400)',
  'predict_linear(constant[15m], 60)',
  'avg_over_time(load[10m])',
  'min_over_time(load[10m])',
  'max_over_time(oddities[2m])',
  'sum_over_time(load[10m])',
  'avg_over_time(oddities[3m])',
  'sum_over_time(tiny[30m])',
  'count_over_time(sparse[15m])',
  'last_over_time(sparse[30m])',
  'present_over_time(sparse[4m])',
  'changes(load[5m])',
  'changes(oddities[5m])',
  'resets(resetting_total[30m])',
  // functions over vectors
  'abs(load - 2)',
  'ceil(load)',
  'floor(-load)',
  'round(load)',
  'round(load, 0.25)',
  'round(-load, 5)',
  'sqrt(load)',
  'ln(load) + log2(load) + log10(load) + exp(load)',
  'sgn(load - 1.5)',
  'clamp(load, 1, 2)',
  'clamp(load, 2, 1)',
  'clamp_min(load, 1.5)',
  'clamp_max(load, 1.5)',
  'time()',
  'time() - timestamp(sparse)',
  'timestamp(load)',
  'timestamp(load * 1)',
  'timestamp((load))',
  'vector(time() % 60)',
  'scalar(load{host="a"}) * 2',
  'scalar(load)',
  'absent(nothing_here{job="x", zone!="y", host="a"})',
  'absent(sparse)',
  'absent(sum(nothing_here{job="x"}))',
  'absent((nothing_here{job="x"}))',
  'absent(nothing_here{job="x",job="y"})',
  // as people write them
  '100 * (1 - sum(rate(cpu_seconds_total{mode="idle"}[5m])) / sum(rate(cpu_seconds_total[5m])))',
  'predict_linear(disk_avail_bytes[30m], 4 * 3600) < 0 and disk_avail_bytes / 1e11 < 0.4',
  'sum by (host) (rate(cpu_seconds_total{mode!="idle"}[1m])) > on(host) 0.2 * load',
]

const ranges = [
  { name: 'a step of 1 minute', fromMs: startMs - 60_000, toMs: endMs + 6 * 60_000, stepMs: 60_000 },
  {
    name: 'a step of 17 s, off the ticks',
    fromMs: startMs + 40 * 60_000 + 3,
    toMs: startMs + 60 * 60_000,
    stepMs: 17_000,
  },
]

describe.each(ranges)('evaluates a range with $name as Prometheus does', ({ fromMs, toMs, stepMs }) => {
  it.each(expressions)('%s', async (expression) => {
    const ours = promql.range(expression, fromMs, toMs, stepMs).series
    const theirs = await queryRange(expression, fromMs, toMs, stepMs)
    expect(disagreement(keyed(ours.map((series) => [series.labels, series.at, series.values])), theirs)).toBeNull()
  })
})

it('answers an instant query and a range vector as Prometheus does', async () => {
  const atMs = startMs + 30 * 60_000 + 500
  const ours = promql.instant('load[1m]', atMs)
  const theirs = (await api('query', { query: 'load[1m]', time: String(atMs / 1000) })) as Matrix
  if (ours.kind !== 'matrix') throw new Error(`expected a matrix, found ${ours.kind}`)
  expect(ours.series[0]?.at.length).toBeGreaterThan(5)
  expect(
    disagreement(keyed(ours.series.map((series) => [series.labels, series.at, series.values])), fromMatrix(theirs)),
  ).toBeNull()
})

it.each([
  'memory_bytes + on(zone) swap_bytes',
  'cpu_seconds_total * on(host) host_info',
  'rate({__name__=~"cpu_seconds_total|cpu_copy_total"}[5m])',
  '-{__name__=~"cpu_seconds_total|cpu_copy_total"}',
  'topk(scalar(nothing_here), load)',
])('refuses what Prometheus refuses while evaluating: %s', async (expression) => {
  const atMs = startMs + 30 * 60_000
  await expect(api('query', { query: expression, time: String(atMs / 1000) })).rejects.toThrow(/422/)
  expect(() => promql.instant(expression, atMs)).toThrow(expect.objectContaining({ code: 'invalid' }))
})

it.each([
  'sum(',
  'load{host="a"',
  'load{host=~"("}',
  'rate(load)',
  'load[5m] + 1',
  'load and 1',
  '1 > 2',
  'load + bool 1',
  '{zone=""}',
  'sum(load, load)',
  'no_function(load)',
  'load{__name__="x"}',
  'round("x")',
  'load + on(host) group_left(host) load',
  'load offset',
  '(load) offset 5m',
  '(load)[5m]',
  'load offset 5m offset 5m',
  'load offset 5m [5m]',
  'sum(load) offset 5m',
  '1 offset 5m',
  'rate(load[0s])',
  '"a" + load',
  'load{host="a}',
  '',
])('refuses what Prometheus refuses to parse: %s', async (expression) => {
  await expect(api('query', { query: expression, time: String(startMs / 1000) })).rejects.toThrow(/400/)
  expect(() => promql.instant(expression, startMs)).toThrow(expect.objectContaining({ code: 'invalid' }))
})

type Tick = { readonly atMs: number; readonly samples: readonly Sample[] }

/** Ninety minutes of samples every 5 s with a few milliseconds of jitter: resets, gaps, NaN, infinities, sparse series. */
function recordedTicks(): readonly Tick[] {
  const random = xorshift(20_260_115)
  const ticks: Tick[] = []
  const counters = new Map<string, number>()
  const grow = (key: string, by: number): number => {
    const next = (counters.get(key) ?? 0) + by
    counters.set(key, next)
    return next
  }
  for (let index = 0; startMs + index * 5000 <= endMs; index++) {
    const atMs = startMs + index * 5000 + Math.floor(random() * 40)
    const samples: Sample[] = []
    for (const [offset, host] of ['a', 'b', 'c'].entries()) {
      if (host === 'c' && index > 400 && index < 500) continue
      for (const mode of ['user', 'system', 'idle']) {
        const seconds = grow(host + mode, random() * (mode === 'idle' ? 5 : 1))
        samples.push(sample('cpu_seconds_total', seconds, { host, mode }))
        samples.push(sample('cpu_copy_total', seconds, { host, mode }))
      }
      const zone: Labels = host === 'b' ? {} : { zone: 'z1' }
      samples.push(
        sample('memory_bytes', Math.round(1e10 + 3e9 * Math.sin(index / 60 + offset) + random() * 1e8), {
          host,
          ...zone,
        }),
      )
      samples.push(sample('swap_bytes', Math.round(1.1e10 + random() * 1e9), { host, ...zone }))
      samples.push(sample('load', Math.max(0.01, 1.5 + Math.sin(index / 30 + offset) + random() * 0.1), { host }))

      samples.push(sample('host_info', 1, { host, kernel: `6.${offset}` }))
    }
    samples.push(
      sample('resetting_total', index % 97 === 0 ? counters.set('r', 0).size * 0 : grow('r', random() * 9), {
        job: 'r',
      }),
    )
    samples.push(sample('disk_avail_bytes', Math.round(5e10 - index * 2e7 + random() * 1e7), { mountpoint: '/' }))
    samples.push(sample('tiny', 0.1, {}), sample('constant', 42, {}))
    samples.push(
      sample('oddities', [1, Number.NaN, Infinity, 2, -Infinity, Infinity, Infinity][index % 7] ?? 0, { n: '1' }),
    )
    samples.push(sample('oddities', [Number.NaN, Number.NaN, 3, 4][index % 4] ?? 0, { n: '2' }))
    if (index % 50 === 3) samples.push(sample('sparse', grow('sparse', 3), { kind: 'often' }))
    if (index % 400 === 7) samples.push(sample('sparse', grow('hourly', 1), { kind: 'hourly' }))
    if (index > 300) samples.push(sample('slow_start_total', grow('slow', 0.01), {}))
    ticks.push({ atMs, samples })
  }
  return ticks
}

function xorshift(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

function openMetrics(ticks: readonly Tick[]): string {
  const lines = ticks.flatMap(({ atMs, samples }) =>
    samples.map(({ name, labels, value }) => {
      const list = Object.entries(labels).map(([key, text]) => `${key}="${text}"`)
      return `${name}{${list.join(',')}} ${goNumber(value)} ${(atMs / 1000).toFixed(3)}`
    }),
  )
  return `${lines.join('\n')}\n# EOF\n`
}

const goNumber = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'

type Matrix = { readonly result: readonly { readonly metric: Labels; readonly values: readonly [number, string][] }[] }

async function api(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`${prometheus.url}/api/v1/${path}`, {
    method: 'POST',
    body: new URLSearchParams(parameters),
  })
  const body = (await response.json()) as { readonly data: unknown; readonly error?: string }
  if (!response.ok) throw new Error(`${response.status} ${body.error}`)
  return body.data
}

async function queryRange(query: string, fromMs: number, toMs: number, stepMs: number) {
  const parameters = { query, start: String(fromMs / 1000), end: String(toMs / 1000), step: String(stepMs / 1000) }
  return fromMatrix((await api('query_range', parameters)) as Matrix)
}

const fromMatrix = (matrix: Matrix) =>
  keyed(
    matrix.result.map(({ metric, values }) => [
      metric,
      values.map(([seconds]) => Math.round(seconds * 1000)),
      values.map(([, text]) => Number(text.replace('Inf', 'Infinity'))),
    ]),
  )

type Keyed = ReadonlyMap<string, { readonly at: readonly number[]; readonly values: readonly number[] }>

const keyed = (series: readonly (readonly [Labels, readonly number[], readonly number[]])[]): Keyed =>
  new Map(series.map(([labels, at, values]) => [labelsKey(labels), { at, values }]))

function disagreement(ours: Keyed, theirs: Keyed): string | null {
  const names = (keys: Keyed) => [...keys.keys()].sort().join('; ')
  if (names(ours) !== names(theirs)) return `series: ours ${names(ours)}, theirs ${names(theirs)}`
  for (const [key, { at, values }] of theirs) {
    const mine = ours.get(key)
    if (mine?.at.join() !== at.join()) return `times of ${key}: ours ${mine?.at.length}, theirs ${at.length}`
    const position = values.findIndex((value, index) => !close(mine.values[index] ?? Number.NaN, value))
    if (position >= 0) return `${key} at ${at[position]}: ours ${mine.values[position]}, theirs ${values[position]}`
  }
  return null
}

const close = (a: number, b: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))
