import type { JobDetail, JobEntry } from '#preload/lifecycle/operations.ts'
import { epochOf } from '#renderer/ui/format.ts'

/** A stretch of the time axis as shares of its length, 0 to 1. */
export type Bar = { readonly start: number; readonly length: number }

export type TimelineLine = {
  readonly entry: JobEntry
  /** How long it took, or has taken until now; milliseconds. */
  readonly ms: number
  readonly bar: Bar
  readonly undo: Bar | null
}

export type Timeline = {
  /** Epoch milliseconds. */
  readonly from: number
  readonly to: number
  readonly lines: readonly TimelineLine[]
}

/** What has not ended is drawn up to now, unless its job has: then nobody knows when it ended. */
export function timelineOf({ timeline, endedAt }: Pick<JobDetail, 'timeline' | 'endedAt'>, now: number): Timeline {
  const end = endedAt === null ? now : epochOf(endedAt)
  const until = (at: string | null): number => (at === null ? end : epochOf(at))
  const starts = timeline.map(({ beganAt }) => epochOf(beganAt))
  const from = Math.min(...starts)
  const ends = timeline.flatMap((entry) => [until(entry.endedAt), ...(entry.undo ? [until(entry.undo.endedAt)] : [])])
  const to = Math.max(from + 1, ...ends)
  const bar = (beganAt: string, stoppedAt: string | null): Bar => {
    const start = epochOf(beganAt)
    return { start: (start - from) / (to - from), length: Math.max(0, until(stoppedAt) - start) / (to - from) }
  }
  const lines = timeline.map((entry) => ({
    entry,
    ms: Math.max(0, until(entry.endedAt) - epochOf(entry.beganAt)),
    bar: bar(entry.beganAt, entry.endedAt),
    undo: entry.undo && bar(entry.undo.beganAt, entry.undo.endedAt),
  }))
  return { from, to, lines }
}
