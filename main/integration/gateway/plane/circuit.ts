import type { BackendConfig } from './config.ts'

export type CircuitState = 'closed' | 'half_open' | 'open'

/** A circuit breaker over the last ten seconds. Times are milliseconds of a clock that never goes back. */
export type Circuit = {
  /** Whether a request may pass. In half-open one may, and decides. */
  allows(now: number): boolean
  record(failed: boolean, now: number): void
  /** A request that was allowed ended without telling anything: its client went away. */
  forget(): void
  state(now: number): CircuitState
}

const seconds = 10

export function createCircuit({ errorRate, minimumRequests, openMs }: NonNullable<BackendConfig['circuit']>): Circuit {
  const requests = new Uint32Array(seconds)
  const failures = new Uint32Array(seconds)
  let newest = 0
  let openUntil: number | null = null
  let probing = false
  const advance = (now: number): number => {
    const second = Math.floor(now / 1_000)
    for (let gap = Math.max(newest + 1, second - seconds + 1); gap <= second; gap++) {
      requests[gap % seconds] = 0
      failures[gap % seconds] = 0
    }
    newest = Math.max(newest, second)
    return second % seconds
  }
  const trip = (now: number): void => {
    openUntil = now + openMs
    probing = false
    requests.fill(0)
    failures.fill(0)
  }
  const sum = (counts: Uint32Array): number => counts.reduce((total, count) => total + count, 0)
  const state = (now: number): CircuitState => (openUntil === null ? 'closed' : now < openUntil ? 'open' : 'half_open')
  return {
    state,
    allows(now) {
      if (openUntil === null) return true
      if (now < openUntil || probing) return false
      probing = true
      return true
    },
    forget() {
      probing = false
    },
    record(failed, now) {
      if (openUntil !== null) {
        if (!probing) return
        if (failed) return trip(now)
        openUntil = null
        probing = false
        return
      }
      const slot = advance(now)
      requests[slot] = (requests[slot] ?? 0) + 1
      if (!failed) return
      failures[slot] = (failures[slot] ?? 0) + 1
      const total = sum(requests)
      if (total >= minimumRequests && sum(failures) / total >= errorRate) trip(now)
    },
  }
}
