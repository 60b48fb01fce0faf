import { type Buckets, bucketCount, bucketOf, sparse } from './histogram.ts'

/** How an attempt at a backend, or an answer of the gateway itself, ended. */
export type Ending = 'answered' | 'invalid' | 'upstream5xx' | 'connection' | 'timeout' | 'clientAbort'

/** What happened at one route and backend since the last delta. Short names: it crosses processes every second. */
export type Delta = {
  readonly route: string
  readonly backend: string | null
  /** Second of the epoch. */
  readonly second: number
  readonly requests: number
  readonly classes: readonly number[]
  readonly endings: Readonly<Record<Exclude<Ending, 'answered'>, number>>
  readonly retries: number
  readonly sumMs: number
  readonly buckets: Buckets
}

/** Counts of one route and backend in one worker. */
export type Counter = {
  readonly route: string
  readonly backend: string | null
  inFlight: number
  /** @param status 0 when no answer was begun. */
  record(status: number, durationMs: number, ending: Ending): void
  retried(): void
  /** What came since the last call; null when nothing did. */
  take(second: number): Delta | null
}

const noEndings = () => ({ invalid: 0, upstream5xx: 0, connection: 0, timeout: 0, clientAbort: 0 })

export function createCounter(route: string, backend: string | null): Counter {
  const counts = new Uint32Array(bucketCount)
  let classes = [0, 0, 0, 0, 0]
  let endings = noEndings()
  let requests = 0
  let retries = 0
  let sumMs = 0
  return {
    route,
    backend,
    inFlight: 0,
    record(status, durationMs, ending) {
      requests++
      const group = Math.floor(status / 100) - 1
      if (group >= 0 && group < 5) classes[group] = (classes[group] ?? 0) + 1
      if (ending !== 'answered') endings[ending]++
      const bucket = bucketOf(durationMs)
      counts[bucket] = (counts[bucket] ?? 0) + 1
      sumMs += durationMs
    },
    retried() {
      retries++
    },
    take(second) {
      if (requests === 0 && retries === 0) return null
      const delta = { route, backend, second, requests, classes, endings, retries, sumMs, buckets: sparse(counts) }
      counts.fill(0)
      classes = [0, 0, 0, 0, 0]
      endings = noEndings()
      requests = 0
      retries = 0
      sumMs = 0
      return delta
    },
  }
}

/** All counters of a worker. They outlive a configuration, so that a reload loses no count. */
export function createCounters() {
  const counters = new Map<string, Counter>()
  return {
    of(route: string, backend: string | null): Counter {
      const key = `${route}\n${backend ?? ''}`
      const found = counters.get(key) ?? createCounter(route, backend)
      counters.set(key, found)
      return found
    },
    take: (second: number): Delta[] =>
      [...counters.values()].map((each) => each.take(second)).filter((each) => each !== null),
    inFlight: (): [route: string, backend: string | null, count: number][] =>
      [...counters.values()]
        .filter(({ inFlight }) => inFlight > 0)
        .map(({ route, backend, inFlight }) => [route, backend, inFlight]),
  }
}
export type Counters = ReturnType<typeof createCounters>
