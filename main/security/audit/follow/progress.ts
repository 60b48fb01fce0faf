import type { ErrorShape } from '#preload/contract/error.ts'

/** How far something has followed the log; durable. */
export type Progress = {
  /** The last entry, or checkpoint size, that the other side has taken. */
  readonly cursor: number
  readonly lastSuccessAt: string | null
  readonly nextAttemptAt: string | null
  readonly error: ErrorShape | null
  /** Failures in a row. */
  readonly failures: number
}

export const fromTheStart: Progress = { cursor: 0, lastSuccessAt: null, nextAttemptAt: null, error: null, failures: 0 }

/** The columns of a progress, which every table of followers has. */
export type ProgressColumns = {
  cursor: number
  last_success_at: string | null
  next_attempt_at: string | null
  error: string | null
  failures: number
}

export const progressColumns =
  '"cursor" bigint not null, last_success_at text, next_attempt_at text, error text, failures integer not null'

export const progressToRow = (progress: Progress): ProgressColumns => ({
  cursor: progress.cursor,
  last_success_at: progress.lastSuccessAt,
  next_attempt_at: progress.nextAttemptAt,
  error: progress.error === null ? null : JSON.stringify(progress.error),
  failures: progress.failures,
})

export const progressFromRow = (row: ProgressColumns): Progress => ({
  cursor: Number(row.cursor), // PostgreSQL gives a bigint as text
  lastSuccessAt: row.last_success_at,
  nextAttemptAt: row.next_attempt_at,
  error: row.error === null ? null : JSON.parse(row.error),
  failures: row.failures,
})
