import type { Delta } from './counters.ts'
import { addBuckets, type Buckets, bucketCount, latencyOf } from './histogram.ts'
import type { Failures, RouteMeasurement, Totals, Window } from './report.ts'

type Second = { requests: number; errors: number; sumMs: number; buckets: Buckets[] }
type Kept = {
  readonly route: string
  readonly backend: string | null
  requests: number
  readonly classes: number[]
  readonly endings: { invalid: number; upstream5xx: number; connection: number; timeout: number; clientAbort: number }
  retries: number
  sumMs: number
  readonly counts: Uint32Array
  /** By second of the epoch. */
  readonly seconds: Map<number, Second>
}
type InFlight = (route: string, backend: string | null) => number

const secondsKept = 15 * 60

/** What all workers have counted, kept in the primary: totals since it started, and windows of the last 15 minutes. */
export function createMeasurements() {
  const all = new Map<string, Kept>()
  const add = (delta: Delta): void => {
    const key = `${delta.route}\n${delta.backend ?? ''}`
    const kept = all.get(key) ?? empty(delta.route, delta.backend)
    all.set(key, kept)
    addTotals(kept, delta)
    addSecond(kept, delta)
  }
  const read = (
    input: { route?: string | undefined; since?: string | undefined },
    inFlight: InFlight,
  ): RouteMeasurement[] => {
    const since = input.since === undefined ? 0 : Math.floor(Date.parse(input.since) / 1_000)
    return [...all.values()]
      .filter(({ route }) => input.route === undefined || route === input.route)
      .map((kept) => measurementOf(kept, since, inFlight(kept.route, kept.backend)))
  }
  return { add, read, kept: (): readonly Kept[] => [...all.values()] }
}

const empty = (route: string, backend: string | null): Kept => ({
  route,
  backend,
  requests: 0,
  classes: [0, 0, 0, 0, 0],
  endings: { invalid: 0, upstream5xx: 0, connection: 0, timeout: 0, clientAbort: 0 },
  retries: 0,
  sumMs: 0,
  counts: new Uint32Array(bucketCount),
  seconds: new Map(),
})

function addTotals(kept: Kept, delta: Delta): void {
  kept.requests += delta.requests
  kept.retries += delta.retries
  kept.sumMs += delta.sumMs
  delta.classes.forEach((count, index) => {
    kept.classes[index] = (kept.classes[index] ?? 0) + count
  })
  kept.endings.invalid += delta.endings.invalid
  kept.endings.upstream5xx += delta.endings.upstream5xx
  kept.endings.connection += delta.endings.connection
  kept.endings.timeout += delta.endings.timeout
  kept.endings.clientAbort += delta.endings.clientAbort
  addBuckets(kept.counts, delta.buckets)
}

function addSecond({ seconds }: Kept, delta: Delta): void {
  const second = seconds.get(delta.second) ?? { requests: 0, errors: 0, sumMs: 0, buckets: [] }
  second.requests += delta.requests
  second.errors += failuresOf(delta.endings)
  second.sumMs += delta.sumMs
  second.buckets.push(delta.buckets)
  seconds.set(delta.second, second)
  for (const old of seconds.keys()) {
    if (old > delta.second - secondsKept) break
    seconds.delete(old)
  }
}

const failuresOf = ({ upstream5xx, connection, timeout }: Failures): number => upstream5xx + connection + timeout

function measurementOf(kept: Kept, since: number, inFlight: number): RouteMeasurement {
  const oldest = Math.max(since, Math.floor(Date.now() / 1_000) - secondsKept)
  const seconds = [...kept.seconds].filter(([at]) => at >= oldest).sort(([a], [b]) => a - b)
  const merged = merge(seconds.map(([, second]) => second))
  return {
    route: kept.route,
    backend: kept.backend,
    totals: totalsOf(kept, inFlight),
    interval: merged,
    windows: seconds.map(([at, second]): Window => ({ at: new Date(at * 1_000).toISOString(), ...merge([second]) })),
  }
}

function merge(seconds: readonly Second[]) {
  const counts = new Uint32Array(bucketCount)
  let requests = 0
  let errors = 0
  let sumMs = 0
  for (const second of seconds) {
    requests += second.requests
    errors += second.errors
    sumMs += second.sumMs
    for (const buckets of second.buckets) addBuckets(counts, buckets)
  }
  return { requests, errors, ...latencyOf(counts, sumMs) }
}

export function totalsOf(kept: Kept, inFlight: number): Totals {
  const [informed = 0, good = 0, moved = 0, wrong = 0, failed = 0] = kept.classes
  const { clientAbort, invalid, ...failures } = kept.endings
  return {
    requests: kept.requests,
    responses: { '1xx': informed, '2xx': good, '3xx': moved, '4xx': wrong, '5xx': failed },
    failures,
    clientAborts: clientAbort,
    invalid,
    retries: kept.retries,
    inFlight,
    ...latencyOf(kept.counts, kept.sumMs),
  }
}
