import { sql } from 'kysely'
import type { ErrorShape } from '#preload/contract/error.ts'
import type { AuditEntry, AuditOutcome } from '#preload/security/audit.ts'
import type { Caller } from '../access/caller.ts'
import { type Clock, iso } from '../clock.ts'
import type { Workspace } from '../store/workspace.ts'
import { type EntryBody, genesis, hashEntry } from './chain.ts'

/** What a command changed. Values must hold no secret. */
export type ChangeRecord = {
  readonly targets: readonly string[]
  readonly before?: unknown
  readonly after?: unknown
}

type Attempt = {
  readonly caller: Caller
  readonly operation: string
  /** Already redacted. */
  readonly input: unknown
  readonly correlationId: string
  /** The environments it touches. */
  readonly environments: readonly string[]
  /** The policies that decided. */
  readonly policies: readonly string[]
  /** The approved request it carries out. */
  readonly approval: string | null
}

export type Intent = Attempt & { readonly at: string }

export type AuditTables = {
  audit_entry: {
    sequence: number
    at: string
    actor: string
    via: string
    operation: string
    targets: string
    before: string
    after: string
    outcome: AuditOutcome
    error: string | null
    correlation_id: string
    previous_hash: string
    hash: string
  }
  audit_target: { sequence: number; target: string }
  audit_intent: { correlation_id: string; at: string; actor: string; via: string; operation: string; input: string }
}

export type AuditLog = {
  /** Durably notes that a command is about to run. */
  readonly begin: (attempt: Attempt) => Promise<Intent>
  /** Appends the entry and removes the intent, in one transaction. */
  readonly finish: (
    intent: Intent,
    result: { readonly outcome: AuditOutcome; readonly changes: readonly ChangeRecord[]; readonly error?: ErrorShape },
  ) => Promise<AuditEntry>
  /** Appends an entry for a command that policy refused. */
  readonly refuse: (attempt: Attempt & { readonly error: ErrorShape }) => Promise<AuditEntry>
  /** Turns intents that an earlier run left behind into `interrupted` entries. @returns how many. */
  readonly recover: () => Promise<number>
  readonly onAppend: (listener: (entry: AuditEntry) => void) => () => void
}

/** The append-only, hash-chained record. Entries are only ever inserted; nothing here updates or deletes one. */
export function createAuditLog(workspace: Workspace, clock: Clock): AuditLog {
  const db = workspace.withTables<AuditTables>()
  const listeners = new Set<(entry: AuditEntry) => void>()
  let tail: Promise<unknown> = Promise.resolve()

  /** One append at a time: each reads the head that the one before it wrote. */
  const append = (body: EntryBody, intent?: string): Promise<AuditEntry> => {
    const turn = tail.then(() => write(body, intent))
    tail = turn.catch(() => {})
    return turn
  }

  const write = async (body: EntryBody, intent?: string): Promise<AuditEntry> => {
    const entry = await db.transaction().execute(async (trx) => {
      const head = await trx
        .selectFrom('audit_entry')
        .select(['sequence', 'hash'])
        .orderBy('sequence', 'desc')
        .limit(1)
        .executeTakeFirst()
      const sequence = (head?.sequence ?? 0) + 1
      const previousHash = head?.hash ?? genesis
      const written: AuditEntry = {
        ...body,
        targets: [...body.targets],
        sequence,
        previousHash,
        hash: hashEntry(sequence, previousHash, body),
      }
      await trx.insertInto('audit_entry').values(toRow(written)).execute()
      const targets = [...new Set(body.targets)]
      for (let at = 0; at < targets.length; at += 400)
        await trx
          .insertInto('audit_target')
          .values(targets.slice(at, at + 400).map((target) => ({ sequence, target })))
          .execute()
      if (intent) await trx.deleteFrom('audit_intent').where('correlation_id', '=', intent).execute()
      return written
    })
    for (const listener of listeners) listener(entry)
    return entry
  }

  const describe = ({ caller, operation, correlationId }: Attempt, at: string) => ({
    at,
    actor: caller.name,
    via: caller.via,
    operation,
    correlationId,
  })

  return {
    async begin(attempt) {
      const intent = { ...attempt, at: iso(clock.now()) }
      await db
        .insertInto('audit_intent')
        .values({
          correlation_id: intent.correlationId,
          at: intent.at,
          actor: intent.caller.name,
          via: intent.caller.via,
          operation: intent.operation,
          input: JSON.stringify(intent.input ?? null),
        })
        .execute()
      return intent
    },

    finish: (intent, { outcome, changes, error }) =>
      append(
        {
          ...describe(intent, iso(clock.now())),
          targets: changes.flatMap((change) => change.targets),
          before: toJson(only(changes.map((change) => change.before))),
          after: toJson(
            changes.some((change) => change.after !== undefined)
              ? only(changes.map((change) => change.after))
              : intent.input,
          ),
          outcome,
          error: error ?? null,
        },
        intent.correlationId,
      ),

    refuse: ({ error, ...attempt }) =>
      append({
        ...describe(attempt, iso(clock.now())),
        targets: [],
        before: null,
        after: toJson(attempt.input),
        outcome: 'forbidden',
        error,
      }),

    async recover() {
      const left = await db.selectFrom('audit_intent').selectAll().orderBy('at').execute()
      for (const intent of left)
        await append(
          {
            at: intent.at,
            actor: intent.actor,
            via: intent.via,
            operation: intent.operation,
            targets: [],
            before: null,
            after: JSON.parse(intent.input),
            outcome: 'interrupted',
            error: null,
            correlationId: intent.correlation_id,
          },
          intent.correlation_id,
        )
      return left.length
    },

    onAppend(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const toJson = (value: unknown): AuditEntry['before'] =>
  value === undefined ? null : JSON.parse(JSON.stringify(value))

/** The one value, or all of them where a command changed several things. */
function only(values: readonly unknown[]): unknown {
  const present = values.filter((value) => value !== undefined)
  return present.length <= 1 ? present[0] : present
}

const toRow = (entry: AuditEntry): AuditTables['audit_entry'] => ({
  sequence: entry.sequence,
  at: entry.at,
  actor: entry.actor,
  via: entry.via,
  operation: entry.operation,
  targets: JSON.stringify(entry.targets),
  before: JSON.stringify(entry.before),
  after: JSON.stringify(entry.after),
  outcome: entry.outcome,
  error: entry.error ? JSON.stringify(entry.error) : null,
  correlation_id: entry.correlationId,
  previous_hash: entry.previousHash,
  hash: entry.hash,
})

export const fromRow = (row: AuditTables['audit_entry']): AuditEntry => ({
  sequence: row.sequence,
  at: row.at,
  actor: row.actor,
  via: row.via,
  operation: row.operation,
  targets: JSON.parse(row.targets),
  before: JSON.parse(row.before),
  after: JSON.parse(row.after),
  outcome: row.outcome,
  error: row.error ? JSON.parse(row.error) : null,
  correlationId: row.correlation_id,
  previousHash: row.previous_hash,
  hash: row.hash,
})

/** Entries in order, a batch at a time, so that a long log is read at constant memory. */
export async function* readEntries(workspace: Workspace, batch = 1_000): AsyncGenerator<readonly AuditEntry[]> {
  const db = workspace.withTables<AuditTables>()
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('audit_entry')
      .selectAll()
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(sql.lit(batch))
      .execute()
    if (rows.length === 0) return
    yield rows.map(fromRow)
    after = rows.at(-1)?.sequence ?? after
  }
}

export const auditTables = [
  `create table audit_entry (
    sequence integer primary key, at text not null, actor text not null, via text not null, operation text not null,
    targets text not null, before text not null, after text not null, outcome text not null, error text,
    correlation_id text not null, previous_hash text not null, hash text not null
  )`,
  'create index audit_entry_by_time on audit_entry (at)',
  'create index audit_entry_by_correlation on audit_entry (correlation_id)',
  'create table audit_target (sequence integer not null references audit_entry (sequence), target text not null, primary key (target, sequence))',
  `create table audit_intent (
    correlation_id text primary key, at text not null, actor text not null, via text not null, operation text not null,
    input text not null
  )`,
] as const
