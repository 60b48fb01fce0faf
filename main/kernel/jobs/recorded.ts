import { AppError } from '#preload/contract/error.ts'
import type { JobEntryKind } from '#preload/lifecycle/operations.ts'
import type { Entries } from './entries.ts'
import { hashInput, type Lease } from './journal.ts'
import { taken } from './lease.ts'
import type { JobRow, StepRow } from './tables.ts'

/** A job in the hands of this process. */
export type Held = {
  readonly lease: Lease
  /** As it was taken. */
  readonly row: JobRow
  readonly signal: AbortSignal
  /** Only replays what is recorded and does nothing new: to learn how each step is undone. */
  readonly collecting: boolean
}

type Given = {
  readonly kind: JobEntryKind
  readonly inputHash: string
  readonly input?: unknown
  readonly detail?: string | null
  readonly wakesAt?: string | null
  readonly compensable?: boolean
}

/** What is recorded of a job, read once for a run and kept up with what the run writes. */
export function createRecorded(entries: Entries, { lease, row, collecting }: Held, loaded: readonly StepRow[]) {
  const steps = new Map(loaded.map((step) => [step.key, step]))
  const failures = new Map(
    loaded
      .filter(({ outcome, attempt }) => outcome === 'failed' && (collecting || attempt === row.attempts))
      .map((step) => [step.key, step]),
  )
  /** What the function came by before and has not come by in this run. */
  const ahead = new Set(steps.keys())
  let ordinal = Math.max(0, ...loaded.map((step) => step.ordinal))
  let moved = false

  const keep = (step: StepRow): void => {
    moved = true
    steps.set(step.key, step)
    ahead.delete(step.key)
  }

  return {
    /** The function has not come to where the journal ends. */
    replaying: () => collecting || (!moved && ahead.size > 0),

    /** @throws AppError `conflict` when the key stands for something else. */
    known(key: string, kind: JobEntryKind, inputHash: string): StepRow | undefined {
      const step = steps.get(key)
      if (step && step.kind !== kind)
        throw new AppError('conflict', `Step ${key} was recorded as a ${step.kind}, so the job cannot go on.`)
      if (step?.outcome === 'succeeded' && step.input_hash !== inputHash)
        throw new AppError('conflict', `Step ${key} was recorded with other input, so the job cannot go on.`)
      return step
    },

    /** What the journal answers for a step that succeeded. */
    valueOf<T>(step: StepRow): T {
      ahead.delete(step.key)
      return JSON.parse(step.output)
    },

    /** The failure that an earlier part of this attempt recorded, once: the function has met it and gone on. */
    failureOf(key: string): AppError | null {
      const step = failures.get(key)
      if (!step) return null
      failures.delete(key)
      ahead.delete(key)
      return AppError.fromShape(JSON.parse(step.output))
    },

    /** A row for something that begins now. */
    begin(key: string, now: string, given: Given): StepRow {
      const known = steps.get(key)
      return {
        job_id: lease.id,
        key,
        input_hash: given.inputHash,
        outcome: 'started',
        output: 'null',
        at: now,
        kind: given.kind,
        ordinal: known?.ordinal ?? ++ordinal,
        began_at: now,
        tries: (known?.tries ?? 0) + 1,
        attempt: row.attempts,
        input: given.input === undefined ? null : JSON.stringify(given.input),
        detail: given.detail ?? null,
        wakes_at: given.wakesAt ?? null,
        compensable: given.compensable ? 1 : 0,
        undo: null,
        undo_began_at: null,
        undo_at: null,
        undo_error: null,
      }
    },

    keep,
    /** The function has come by a wait again that has not ended. */
    pass: (key: string) => void ahead.delete(key),

    /** @throws AppError `conflict` when another process has the job by now. */
    async write(step: StepRow, child?: JobRow): Promise<void> {
      if (!(await entries.record(lease, step, child))) throw taken()
      keep(step)
    },
  }
}

export type Recorded = ReturnType<typeof createRecorded>

/** Waits are told apart by what they wait for alone: until when may be reckoned from the clock. */
export const hashWait = (what: unknown): string => hashInput({ waits: what })
