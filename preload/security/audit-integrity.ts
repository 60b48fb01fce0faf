import { z } from 'zod'
import { instant } from '../contract/define.ts'

/** A signed tree head in the checkpoint format of transparency logs (C2SP tlog-checkpoint, a signed note). */
export const checkpoint = z.object({
  size: z.number().int(),
  /** Root hash, hexadecimal. */
  root: z.string(),
  at: instant,
  /** Name and id of the key that signed it. */
  key: z.string(),
  /** The signed note itself. */
  note: z.string(),
})
export type Checkpoint = z.infer<typeof checkpoint>

/** What can be wrong with a log, each named for itself. */
export const integrityProblem = z.object({
  kind: z.enum(['gap', 'reorder', 'edit', 'truncation', 'fork', 'signature', 'key']),
  /** The first entry that does not hold; null where no single one is to blame. */
  sequence: z.number().int().nullable(),
  /** A sentence that names what is wrong. */
  reason: z.string(),
})
export type IntegrityProblem = z.infer<typeof integrityProblem>

/**
 * `verified`: everything up to the named checkpoint was recomputed and holds. `appended`: that, and entries came since
 * that no verification has covered. `unverified`: nobody verified in this run of the application.
 */
export const integrity = z.object({
  state: z.enum(['unverified', 'verifying', 'verified', 'appended', 'broken']),
  /** Entries in the log now. */
  size: z.number().int(),
  /** Entries recomputed so far, while verifying. */
  checked: z.number().int(),
  checkpoint: checkpoint.nullable(),
  verifiedAt: instant.nullable(),
  problems: z.array(integrityProblem),
  /** Anchors that could not be asked, each with why; what they remember was not compared. */
  unasked: z.array(z.string()),
})
export type Integrity = z.infer<typeof integrity>
