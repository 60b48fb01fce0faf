import type { ErrorShape } from '#preload/contract/error.ts'
import type { AuditEntry, AuditOutcome } from '#preload/security/audit.ts'
import { canonical, canonicalOfAny } from './canonical.ts'
import type { EntryBody } from './chain.ts'

/**
 * An entry as it is logged: the members of this object, in canonical JSON (RFC 8785), are the text whose leaf hash goes
 * into the tree. `v` tells the form; a change of form is a new number, and old entries stay as they were hashed.
 */
export type LoggedEntry = {
  readonly v: 2
  /** Its place in the log, counted from 1; leaf index + 1. */
  readonly sequence: number
  readonly at: string
  /** Pseudonym of whoever did it. */
  readonly subject: string
  /** Their name, address and session, encrypted by their own key; null for the application itself. */
  readonly sealed: string | null
  readonly via: string
  readonly operation: string
  readonly environments: readonly string[]
  readonly targets: readonly string[]
  readonly before: AuditEntry['before']
  readonly after: AuditEntry['after']
  readonly outcome: AuditOutcome
  readonly error: ErrorShape | null
  readonly correlationId: string
  readonly policies: readonly string[]
  readonly approval: string | null
}

/** An entry that step 0001 wrote, carried over with its chain. */
export type LegacyEntry = EntryBody & {
  readonly v: 1
  readonly sequence: number
  readonly previousHash: string
  readonly hash: string
}

/** An entry that has no place yet. `before` and `after` are canonical JSON. */
export type Draft = Omit<LoggedEntry, 'v' | 'sequence' | 'before' | 'after'> & {
  readonly before: string
  readonly after: string
}

/**
 * The text that is hashed: the same as `canonical` over the entry, with the members written in their order (RFC 8785),
 * which is several times as fast. What is ours alone (times, pseudonyms, envelopes) has nothing to escape.
 */
export const leafOf = (draft: Draft, sequence: number): string =>
  `{"after":${draft.after},"approval":${text(draft.approval)},"at":"${draft.at}","before":${draft.before},` +
  `"correlationId":${text(draft.correlationId)},"environments":${list(draft.environments)},` +
  `"error":${draft.error ? canonicalOfAny(draft.error) : 'null'},"operation":${text(draft.operation)},` +
  `"outcome":"${draft.outcome}","policies":${list(draft.policies)},` +
  `"sealed":${draft.sealed === null ? 'null' : `"${draft.sealed}"`},"sequence":${sequence},` +
  `"subject":"${draft.subject}","targets":${list(draft.targets)},"v":2,"via":${text(draft.via)}}`

const text = (value: string | null): string => (value === null ? 'null' : JSON.stringify(value.toWellFormed()))

const list = (items: readonly string[]): string =>
  items.length === 0 ? '[]' : items.length === 1 ? `[${text(items[0] ?? '')}]` : canonicalOfAny(items)

export const legacyLeafOf = (entry: Omit<LegacyEntry, 'v'>): string => canonical({ ...entry, v: 1 })

/** @throws SyntaxError for what is no JSON. */
export const parseLeaf = (leaf: string): LoggedEntry | LegacyEntry => JSON.parse(leaf)

/**
 * The sequence that a leaf says it has, without parsing it. Sound for canonical text: a quote inside a text is escaped,
 * so that the last such key is the entry's own. NaN when it says none.
 */
export function sequenceIn(leaf: string): number {
  const at = leaf.lastIndexOf(',"sequence":')
  return at < 0 ? Number.NaN : Number.parseInt(leaf.slice(at + 12, at + 30), 10)
}
