import type { Points } from './chunk.ts'

/** What remains of five minutes of one series once its samples are gone. */
export type Rollup = {
  /** Time of `last`, milliseconds since the epoch. */
  readonly lastMs: number
  readonly count: number
  readonly min: number
  readonly max: number
  readonly sum: number
  readonly last: number
}

export const rollupWindowMs = 5 * 60_000

export const windowOf = (atMs: number): number => Math.floor(atMs / rollupWindowMs) * rollupWindowMs

/** Summarises at least one sample. NaN counts as a sample but is a minimum or maximum only when nothing else is there. */
export function rollupOf(points: Points): Rollup {
  let min = Number.NaN
  let max = Number.NaN
  let sum = 0
  for (const value of points.values) {
    if (value < min || Number.isNaN(min)) min = value
    if (value > max || Number.isNaN(max)) max = value
    sum += value
  }
  const count = points.at.length
  return { lastMs: points.at[count - 1] as number, count, min, max, sum, last: points.values[count - 1] as number }
}

/** Two summaries of the same window, when the samples of the first are already gone. */
export function mergeRollups(first: Rollup, second: Rollup): Rollup {
  const latest = second.lastMs >= first.lastMs ? second : first
  return {
    lastMs: latest.lastMs,
    last: latest.last,
    count: first.count + second.count,
    min: second.min < first.min || Number.isNaN(first.min) ? second.min : first.min,
    max: second.max > first.max || Number.isNaN(first.max) ? second.max : first.max,
    sum: first.sum + second.sum,
  }
}

/** Sorted by time, the later of two samples with the same time winning: a wall clock may have jumped back. */
export function inOrder(points: Points): Points {
  if (isAscending(points.at)) return points
  const latest = new Map<number, number>()
  points.at.forEach((at, index) => {
    latest.set(at, points.values[index] as number)
  })
  const at = [...latest.keys()].sort((a, b) => a - b)
  return { at, values: at.map((each) => latest.get(each) as number) }
}

function isAscending(at: readonly number[]): boolean {
  for (let index = 1; index < at.length; index++) if ((at[index] as number) <= (at[index - 1] as number)) return false
  return true
}
