import { hash } from 'node:crypto'
import type { ErrorShape } from '#preload/contract/error.ts'
import type { AuditEntry, AuditOutcome } from '#preload/security/audit.ts'
import { canonical } from './canonical.ts'
import type { LegacyEntry } from './entry.ts'

/**
 * The chain that the first released format (step 0001) held its entries together by. Nothing is added to it any more;
 * what it holds is still checked by it, besides the tree that took the entries over.
 */

/** What an entry says, without its place in the chain. */
export type EntryBody = {
  readonly at: string
  readonly actor: string
  readonly via: string
  readonly operation: string
  readonly targets: readonly string[]
  readonly before: AuditEntry['before']
  readonly after: AuditEntry['after']
  readonly outcome: AuditOutcome
  readonly error: ErrorShape | null
  readonly correlationId: string
}

/** The hash before the first entry. */
export const genesis = '0'.repeat(64)

/** SHA-256 over the canonical form of the entry with its sequence and the hash before it. */
export const hashEntry = (sequence: number, previousHash: string, body: EntryBody): string =>
  hash('sha256', canonical({ ...body, sequence, previousHash }), 'hex')

/** Where the chain stands after the entries seen so far; no hash after an entry whose content was pruned. */
export type ChainPosition = { readonly sequence: number; readonly hash: string | null }

export const chainStart: ChainPosition = { sequence: 0, hash: genesis }

/** What is wrong with an entry of a chain. */
export type ChainFault = { readonly kind: 'gap' | 'reorder' | 'edit'; readonly reason: string }

/** Checks the next entry of a chain. @returns the new position, or what is wrong with the entry. */
export function checkNext(position: ChainPosition, entry: LegacyEntry): ChainPosition | ChainFault {
  if (entry.sequence !== position.sequence + 1)
    return {
      kind: 'gap',
      reason: `Entry ${position.sequence + 1} is missing: after ${position.sequence} comes ${entry.sequence}.`,
    }
  if (position.hash !== null && entry.previousHash !== position.hash)
    return {
      kind: 'reorder',
      reason: `Entry ${entry.sequence} does not follow the entry before it: one of them was replaced or reordered.`,
    }
  const { v: _, sequence, hash: stored, previousHash, ...body } = entry
  if (hashEntry(sequence, previousHash, body) !== stored)
    return { kind: 'edit', reason: `Entry ${sequence} was changed after it was written.` }
  return { sequence, hash: stored }
}
