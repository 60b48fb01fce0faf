import { hash } from 'node:crypto'
import type { ErrorShape } from '#preload/contract/error.ts'
import type { AuditEntry, AuditOutcome } from '#preload/security/audit.ts'
import { canonical } from './canonical.ts'

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

/** Where the chain stands after the entries seen so far. */
export type ChainPosition = { readonly sequence: number; readonly hash: string }

export const chainStart: ChainPosition = { sequence: 0, hash: genesis }

/** Checks the next entry of a chain. @returns the new position, or a sentence that names what is wrong with the entry. */
export function checkNext(position: ChainPosition, entry: AuditEntry): ChainPosition | string {
  if (entry.sequence !== position.sequence + 1)
    return `Entry ${position.sequence + 1} is missing: after ${position.sequence} comes ${entry.sequence}.`
  if (entry.previousHash !== position.hash)
    return `Entry ${entry.sequence} does not follow the entry before it: one of them was replaced or reordered.`
  const { sequence, hash: stored, previousHash, ...body } = entry
  if (hashEntry(sequence, previousHash, body) !== stored) return `Entry ${sequence} was changed after it was written.`
  return { sequence, hash: stored }
}
