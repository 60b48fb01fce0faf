import { sql } from 'kysely'
import { v4 as randomId } from 'uuid'
import type { ErrorShape } from '#preload/contract/error.ts'
import type { AuditOutcome } from '#preload/security/audit.ts'
import type { Caller } from '../access/caller.ts'
import type { Clock } from '../clock.ts'
import type { Workspace } from '../store/workspace.ts'
import { canonicalOfAny } from './canonical.ts'
import { type Draft, leafOf } from './entry.ts'
import { createGroups } from './group.ts'
import { adoptEntries, adoptIntents, legacyIntents, nameLegacyActors } from './legacy.ts'
import { leafHash } from './merkle.ts'
import { insertRows, inTransaction, isShared, sharedTime, takeTurn } from './rows.ts'
import { createSubjects, type Sealed, type Subjects } from './subject.ts'
import type { AuditTables } from './tables.ts'
import { openTree, plantTree, type TreeWriter } from './tree.ts'

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

/** An entry that is on disk. */
export type Appended = {
  readonly sequence: number
  readonly leafHash: string
  readonly at: string
  readonly operation: string
  readonly outcome: AuditOutcome
}

export type AuditLog = {
  /** Durably notes that a command is about to run. */
  readonly begin: (attempt: Attempt) => Promise<Intent>
  /** Appends the entry and removes the intent, in one transaction. */
  readonly finish: (
    intent: Intent,
    result: { readonly outcome: AuditOutcome; readonly changes: readonly ChangeRecord[]; readonly error?: ErrorShape },
  ) => Promise<Appended>
  /** Appends an entry for a command that policy refused. */
  readonly refuse: (attempt: Attempt & { readonly error: ErrorShape }) => Promise<Appended>
  /** Turns intents that a process left behind which is gone into `interrupted` entries. @returns how many. */
  readonly recover: () => Promise<number>
  readonly onAppend: (listener: (entry: Appended) => void) => () => void
}

/** The log of a workspace, with who is behind its pseudonyms. */
export type WorkspaceLog = AuditLog & {
  readonly subjects: Subjects
  /** Says to the other processes of the workspace that this one is gone; what it left behind is theirs to recover. */
  readonly close: () => Promise<void>
}

type Work =
  | { readonly kind: 'begin'; readonly correlationId: string; readonly draft: Draft }
  | {
      readonly kind: 'append'
      readonly draft: Draft
      readonly intent: string | null
      /** Nothing is written when somebody else has finished the intent meanwhile. */
      readonly ifOpen: boolean
    }

/** How often a process of a shared workspace says that it is alive, and how long it is believed. */
const aliveEveryMs = 15_000
const deadAfterMs = 90_000

/**
 * The append-only Merkle log (RFC 6962). What is asked at the same time is written in one transaction, and nothing is
 * answered before that is on disk. Entries are only ever added; retention and erasure empty them, and the tree stays.
 */
export function createAuditLog(workspace: Workspace, clock: Clock): WorkspaceLog {
  const db = workspace.withTables<AuditTables>()
  const shared = isShared(workspace)
  const instance = randomId()
  const iso = createStamp()
  const subjects = createSubjects(workspace, clock)
  const listeners = new Set<(entry: Appended) => void>()
  let pulse: NodeJS.Timeout | undefined
  let opened: Promise<void> | null = null

  const open = (): Promise<void> => {
    opened ??= prepare().catch((thrown: unknown) => {
      opened = null
      throw thrown
    })
    return opened
  }

  const prepare = async (): Promise<void> => {
    if (!shared) await sql`pragma secure_delete = on`.execute(db) // what is erased must not stay in a free page
    await nameLegacyActors(workspace, subjects)
    const left = await legacyIntents(workspace, subjects)
    await inTransaction(workspace, async (trx) => {
      await takeTurn(trx)
      if (await openTree(trx)) return
      const tree = await plantTree(trx)
      await adoptEntries(trx, tree)
      await adoptIntents(trx, left)
      await tree.save()
    })
    if (!shared) return
    await beat()
    pulse = setInterval(
      () =>
        void beat()
          .then(recover)
          .catch(() => {}),
      aliveEveryMs,
    ).unref()
  }

  const beat = async (): Promise<void> => {
    const seen_at = await sharedTime(workspace, iso(clock.now()))
    await db
      .insertInto('audit_instance')
      .values({ id: instance, seen_at })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at }))
      .execute()
  }

  const write = async (works: readonly Work[]): Promise<readonly (Appended | null)[]> => {
    await open()
    const results = await inTransaction(workspace, async (trx) => {
      const appends = works.some(({ kind }) => kind === 'append')
      if (appends) await takeTurn(trx)
      const tree = appends ? await openTree(trx) : null
      const entries: [number, string, string][] = []
      const open = await stillOpen(trx, works)
      const written = works.map((work): Appended | null =>
        work.kind === 'append' && tree && (!work.ifOpen || open.has(work.intent ?? ''))
          ? place(tree, entries, work.draft)
          : null,
      )
      await insertRows(trx, 'audit_intent', intentColumns, works.flatMap(intentRow))
      await insertRows(trx, 'audit_entry', ['sequence', 'leaf_hash', 'leaf'], entries)
      await tree?.save()
      const done = works.flatMap((work) => (work.kind === 'append' && work.intent !== null ? [work.intent] : []))
      if (done.length > 0) await removeIntents(trx, done)
      return written
    })
    for (const appended of results) if (appended) tell(appended)
    return results
  }

  const intentRow = (work: Work): string[][] =>
    work.kind === 'begin' ? [[work.correlationId, instance, work.draft.at, JSON.stringify(work.draft)]] : []

  const tell = (appended: Appended): void => {
    for (const listener of listeners) listener(appended)
  }

  const groups = createGroups(write)
  const append = async (draft: Draft, intent: string | null): Promise<Appended> => {
    const appended = await groups.add({ kind: 'append', draft, intent, ifOpen: false })
    if (!appended) throw new Error('An entry was written and has no place.')
    return appended
  }

  /** The entry as far as it is known before the outcome. */
  const draftOf = (attempt: Attempt, at: string): Draft | Promise<Draft> => {
    const sealed = subjects.seal(attempt.caller)
    return sealed instanceof Promise
      ? sealed.then((one) => described(attempt, at, one))
      : described(attempt, at, sealed)
  }

  const described = (attempt: Attempt, at: string, { subject, sealed }: Sealed): Draft => ({
    subject,
    sealed,
    at,
    via: attempt.caller.via,
    operation: attempt.operation,
    environments: attempt.environments,
    targets: [],
    before: 'null',
    after: canonicalOfAny(attempt.input),
    outcome: 'interrupted',
    error: null,
    correlationId: attempt.correlationId,
    policies: attempt.policies,
    approval: attempt.approval,
  })

  /** What is left of processes that cannot finish it any more. */
  const abandoned = async (): Promise<readonly AuditTables['audit_intent'][]> => {
    const others = db.selectFrom('audit_intent').selectAll().where('instance', '!=', instance).orderBy('at')
    if (!shared) return others.execute()
    const now = await sharedTime(workspace, iso(clock.now()))
    const alive = db
      .selectFrom('audit_instance')
      .select('id')
      .where('seen_at', '>', iso(Date.parse(now) - deadAfterMs))
    return others.where('instance', 'not in', alive).execute()
  }

  const recover = async (): Promise<number> => {
    await open()
    const left = await abandoned()
    const recovered = left.map(({ draft, correlation_id }) =>
      groups.add({ kind: 'append', draft: JSON.parse(draft), intent: correlation_id, ifOpen: true }),
    )
    return (await Promise.all(recovered)).filter((appended) => appended !== null).length
  }

  return {
    subjects,
    recover,

    async begin(attempt) {
      const intent = { ...attempt, at: iso(clock.now()) }
      const draft = await draftOf(attempt, intent.at)
      await groups.add({ kind: 'begin', correlationId: attempt.correlationId, draft })
      return intent
    },

    async finish(intent, { outcome, changes, error }) {
      const draft = await draftOf(intent, iso(clock.now()))
      const said = changes.some((change) => change.after !== undefined)
      return append(
        {
          ...draft,
          targets: changes.flatMap((change) => change.targets),
          before: canonicalOfAny(only(changes.map((change) => change.before))),
          after: said ? canonicalOfAny(only(changes.map((change) => change.after))) : draft.after,
          outcome,
          error: error ?? null,
        },
        intent.correlationId,
      )
    },

    async refuse({ error, ...attempt }) {
      const draft = await draftOf(attempt, iso(clock.now()))
      return append({ ...draft, outcome: 'forbidden', error }, null)
    },

    onAppend(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    async close() {
      clearInterval(pulse)
      await groups.settled()
      if (shared && opened) await db.deleteFrom('audit_instance').where('id', '=', instance).execute()
    },
  }
}

/** Times as text; the same millisecond is written many times. */
function createStamp(): (ms: number) => string {
  let last = Number.NaN
  let text = ''
  return (ms) => {
    if (ms !== last) text = new Date(ms).toISOString()
    last = ms
    return text
  }
}

const intentColumns = ['correlation_id', 'instance', 'at', 'draft'] as const

const removeIntents = (trx: Workspace, ids: readonly string[]): Promise<unknown> =>
  trx
    .withTables<AuditTables>()
    .deleteFrom('audit_intent')
    .where('correlation_id', 'in', [...ids])
    .execute()

/** Which of the intents to be recovered are there still. */
async function stillOpen(trx: Workspace, works: readonly Work[]): Promise<ReadonlySet<string>> {
  const asked = works.flatMap((work) => (work.kind === 'append' && work.ifOpen && work.intent ? [work.intent] : []))
  if (asked.length === 0) return new Set()
  const rows = await trx
    .withTables<AuditTables>()
    .selectFrom('audit_intent')
    .select('correlation_id')
    .where('correlation_id', 'in', asked)
    .execute()
  return new Set(rows.map(({ correlation_id }) => correlation_id))
}

function place(tree: TreeWriter, entries: [number, string, string][], draft: Draft): Appended {
  const leaf = leafOf(draft, tree.size() + 1)
  const hash = leafHash(leaf)
  const sequence = tree.append(hash)
  entries.push([sequence, hash, leaf])
  return { sequence, leafHash: hash, at: draft.at, operation: draft.operation, outcome: draft.outcome }
}

/** The one value, or all of them where a command changed several things. */
function only(values: readonly unknown[]): unknown {
  const present = values.filter((value) => value !== undefined)
  return present.length <= 1 ? present[0] : present
}
