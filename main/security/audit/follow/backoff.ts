const firstMs = 1_000
const longestMs = 300_000

/**
 * How long to wait after a number of failures in a row: doubling from 1 s to 5 minutes, of which half is left to chance
 * (`random` in [0, 1)) so that many followers do not return at once.
 */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20))
  return Math.round(full / 2 + (full / 2) * random)
}
