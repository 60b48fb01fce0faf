import type { Checkpoint, IntegrityProblem } from '#preload/security/audit-integrity.ts'

/** Signed checkpoints of the log, and its tree. */
export type Checkpoints = {
  /** Those of a size above `size`, in ascending order, `limit` at most. */
  readonly after: (size: number, limit: number) => Promise<readonly Checkpoint[]>
  /** How many those are. */
  readonly countAfter: (size: number) => Promise<number>
  /** The root hash (hexadecimal) over the first `size` entries as they are stored now; null if there are fewer. */
  readonly rootAt: (size: number) => Promise<string | null>
  /** Whether a signed note bears a signature of a key of this log. */
  readonly isOurs: (note: string) => Promise<boolean>
  readonly onCheckpoint: (listener: () => void) => () => void
}

/** A place outside the workspace that remembers checkpoints. */
export type AnchorPlace = {
  /** Anchors checkpoints, oldest first. Durable when it resolves with the size of the last. @throws AppError */
  readonly keep: (checkpoints: readonly Checkpoint[], signal: AbortSignal) => Promise<number>
  /** What this place remembers that the log contradicts. @throws AppError when it cannot be asked. */
  readonly verify: (signal: AbortSignal) => Promise<readonly IntegrityProblem[]>
}
