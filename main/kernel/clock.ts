/** Where the time comes from, so that a rule about time can be tested without waiting. */
export type Clock = {
  /** Wall clock, milliseconds since the epoch. May jump in either direction. */
  readonly now: () => number
  /** Milliseconds that only ever grow; for measuring how long something took. */
  readonly monotonic: () => number
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

/** A clock that stands still until it is told to move. For tests and for replaying history. */
export function manualClock(
  start = Date.UTC(2026, 0, 1),
): Clock & { advance: (ms: number) => void; set: (ms: number) => void } {
  let now = start
  let grown = 0
  return {
    now: () => now,
    monotonic: () => grown,
    advance: (ms) => {
      now += ms
      grown += ms
    },
    set: (ms) => {
      now = ms
    },
  }
}

export const iso = (ms: number): string => new Date(ms).toISOString()
