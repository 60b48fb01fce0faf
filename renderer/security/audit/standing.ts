import type { Checkpoint, Integrity, IntegrityProblem } from '#preload/security/audit-integrity.ts'

/** What may be said of the log. Only `verified` may be green, and it always names the checkpoint it rests on. */
export type Standing =
  /** Nobody looked; or everything was recomputed at `recomputedAt` and no signature says what it should be. */
  | { readonly kind: 'unverified'; readonly recomputedAt: string | null }
  | { readonly kind: 'verified'; readonly checkpoint: Checkpoint; readonly at: string }
  /** Holds up to the checkpoint; `since` entries came after it that nobody verified. */
  | { readonly kind: 'appended'; readonly checkpoint: Checkpoint; readonly at: string; readonly since: number }
  | { readonly kind: 'broken'; readonly problems: readonly IntegrityProblem[]; readonly at: string | null }

/** Decides by what is known, not by the word for it: a problem always breaks, and nothing is green without a checkpoint. */
export function standingOf({ state, size, checkpoint, verifiedAt, problems }: Integrity): Standing {
  if (state === 'broken' || problems.length > 0) return { kind: 'broken', problems, at: verifiedAt }
  if (checkpoint === null) return { kind: 'unverified', recomputedAt: verifiedAt }
  const since = size - checkpoint.size
  if (verifiedAt === null || since < 0 || (state !== 'verified' && state !== 'appended'))
    return { kind: 'unverified', recomputedAt: null }
  return since === 0
    ? { kind: 'verified', checkpoint, at: verifiedAt }
    : { kind: 'appended', checkpoint, at: verifiedAt, since }
}

/** Each problem by its own name, and what the name means. */
export const problemNames: Readonly<
  Record<IntegrityProblem['kind'], { readonly name: string; readonly meaning: string }>
> = {
  gap: { name: 'Gap', meaning: 'Entries are missing.' },
  reorder: { name: 'Reorder', meaning: 'Entries changed places.' },
  edit: { name: 'Edit', meaning: 'An entry was changed after it was written.' },
  truncation: { name: 'Truncation', meaning: 'The end of the log was cut off.' },
  fork: { name: 'Fork', meaning: 'The log contradicts what was signed before.' },
  signature: { name: 'Signature', meaning: 'A checkpoint is not signed as it says.' },
  key: { name: 'Key', meaning: 'A checkpoint was signed by a key that is not this log’s.' },
}

/** A hash as people compare it. */
export const shortHash = (hash: string): string => hash.slice(0, 12)

/** The id of a key: what follows its name in `framework0/93fa…+16cbd558`, and nothing but letters and digits. */
export const shortKey = (key: string): string =>
  key
    .slice(key.lastIndexOf('+') + 1)
    .replace(/[^0-9A-Za-z]/g, '')
    .slice(0, 16)
