import { sql } from 'kysely'
import type { AuditEntry } from '#preload/security/audit.ts'
import type { Workspace } from '../store/workspace.ts'
import { type LegacyEntry, type LoggedEntry, parseLeaf } from './entry.ts'
import { legacyIdentity } from './legacy.ts'
import type { Personal, Sealed, Subjects } from './subject.ts'
import type { AuditTables } from './tables.ts'

/** What stays readable of a pruned entry. Not proven: what its hash was made of is gone. */
export type Stub = Pick<AuditEntry, 'at' | 'operation' | 'outcome'>

export type EntryRow = AuditTables['audit_entry']

/** What is needed to read entries: who is behind the pseudonyms now. */
type Names = {
  readonly open: (entry: Sealed) => Personal | null
  readonly subjectOf: (identity: string) => string
}

export type Entries = {
  /** The entries with these sequences, in the order asked for; those that are missing are left out. */
  readonly get: (sequences: readonly number[]) => Promise<readonly AuditEntry[]>
  /** The same as they are stored, in order of sequence. */
  readonly stored: (sequences: readonly number[]) => Promise<readonly EntryRow[]>
  /** Entries after `after` in order, a batch at a time, so that a long log is read at constant memory. */
  readonly follow: (after: number, upTo?: number, batch?: number) => AsyncGenerator<readonly AuditEntry[]>
  /** The same as they are stored: what proofs are about. */
  readonly rows: (after: number, upTo?: number, batch?: number) => AsyncGenerator<readonly EntryRow[]>
}

/** Reads of the log: entries with the names of those who are not erased. */
export function createEntries(workspace: Workspace, subjects: Subjects): Entries {
  const db = workspace.withTables<AuditTables>()

  const names = async (): Promise<Names> => {
    const rows = await db
      .selectFrom('audit_subject')
      .select(['subject', 'identity'])
      .where('identity', 'is not', null)
      .execute()
    const known = new Map(rows.map(({ subject, identity }) => [identity, subject]))
    return { open: await subjects.opener(), subjectOf: (identity) => known.get(identity) ?? '' }
  }

  async function* rows(after: number, upTo = Number.MAX_SAFE_INTEGER, batch = 1_000): AsyncGenerator<EntryRow[]> {
    for (let last = after; last < upTo; ) {
      const some = await db
        .selectFrom('audit_entry')
        .selectAll()
        .where('sequence', '>', last)
        .where('sequence', '<=', Math.min(upTo, last + 2 ** 30))
        .orderBy('sequence')
        .limit(sql.lit(batch))
        .execute()
      if (some.length === 0) return
      yield some
      last = some.at(-1)?.sequence ?? upTo
    }
  }

  const stored = async (sequences: readonly number[]): Promise<readonly EntryRow[]> =>
    sequences.length === 0
      ? []
      : db
          .selectFrom('audit_entry')
          .selectAll()
          .where('sequence', 'in', [...sequences])
          .orderBy('sequence')
          .execute()

  return {
    rows,
    stored,
    async get(sequences) {
      if (sequences.length === 0) return []
      const found = await stored(sequences)
      const known = await names()
      const read = new Map(found.map((row) => [row.sequence, toEntry(row, known)]))
      return sequences.flatMap((sequence) => read.get(sequence) ?? [])
    },
    async *follow(after, upTo, batch) {
      const known = await names()
      for await (const some of rows(after, upTo, batch)) yield some.map((row) => toEntry(row, known))
    },
  }
}

export function toEntry({ sequence, leaf_hash, leaf, stub }: EntryRow, names: Names): AuditEntry {
  const place = { sequence, leafHash: leaf_hash, pruned: leaf === null }
  if (leaf === null) return { ...nothing, ...(JSON.parse(stub ?? '{}') as Stub), ...place }
  const logged = readLeaf(leaf)
  if (!logged) return { ...nothing, ...place }
  return logged.v === 1 ? fromLegacy(logged, place, names) : fromLogged(logged, place, names)
}

type Place = Pick<AuditEntry, 'sequence' | 'leafHash' | 'pruned'>

function fromLogged({ v: _, sealed, ...logged }: LoggedEntry, place: Place, names: Names): AuditEntry {
  const personal = names.open({ subject: logged.subject, sealed })
  return {
    ...logged,
    ...place,
    environments: [...logged.environments],
    targets: [...logged.targets],
    policies: [...logged.policies],
    actor: personal?.name ?? null,
    source: personal?.source ?? null,
    session: personal?.session ?? null,
  }
}

function fromLegacy(
  { v: _, hash: _h, previousHash: _p, ...body }: LegacyEntry,
  place: Place,
  names: Names,
): AuditEntry {
  const identity = legacyIdentity(body.actor)
  const subject = identity === 'application' ? identity : names.subjectOf(identity)
  return { ...nothing, ...body, ...place, subject, targets: [...body.targets] }
}

/** Null for a text that somebody broke: verifying names it, reading must go on. */
export function readLeaf(leaf: string): LoggedEntry | LegacyEntry | null {
  try {
    return parseLeaf(leaf)
  } catch {
    return null
  }
}

const nothing = {
  at: new Date(0).toISOString(),
  subject: '',
  actor: null,
  via: '',
  source: null,
  session: null,
  operation: '',
  environments: [],
  targets: [],
  before: null,
  after: null,
  outcome: 'interrupted',
  error: null,
  correlationId: '',
  policies: [],
  approval: null,
} satisfies Partial<AuditEntry>
