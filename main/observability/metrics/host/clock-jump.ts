import type { Clock } from '#main/kernel/clock.ts'

/** A sleep shorter than this cannot be told from the coarse uptime of some systems. */
const shortestSleepSeconds = 2

/**
 * Returns a function that tells by how many seconds the wall clock moved against the monotonic clock since it was asked
 * last; null the first time. The monotonic clock stands still while the machine sleeps and uptime does not, so that a
 * closed lid is not taken for a wrong clock.
 */
export function createClockJump(clock: Clock, uptimeSeconds: () => number): () => number | null {
  let previous: { readonly wall: number; readonly monotonic: number; readonly uptime: number } | null = null
  return () => {
    const current = { wall: clock.now(), monotonic: clock.monotonic(), uptime: uptimeSeconds() }
    const last = previous
    previous = current
    if (last === null) return null
    const elapsed = (current.monotonic - last.monotonic) / 1000
    const slept = current.uptime - last.uptime - elapsed
    const jump = (current.wall - last.wall) / 1000 - elapsed
    return slept >= shortestSleepSeconds ? jump - slept : jump
  }
}
