import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { v4 as randomId } from 'uuid'
import { AppError } from '#preload/contract/error.ts'
import type { Caller } from '../access/caller.ts'
import { type Clock, iso } from '../clock.ts'
import type { Workspace } from '../store/workspace.ts'
import { seal, unseal } from '../vault/seal.ts'
import { isShared } from './rows.ts'
import type { AuditTables } from './tables.ts'

/** What is personal about an entry, and is forgotten when the person is. */
export type Personal = { readonly name: string; readonly source: string | null; readonly session: string | null }

export type Subject = { readonly subject: string; readonly name: string | null; readonly erasedAt: string | null }

/** A caller as an entry tells of them. */
export type Sealed = { readonly subject: string; readonly sealed: string | null }

export type Subjects = {
  /** At once for whoever was seen before: nothing is waited for a hundred thousand times. */
  readonly seal: (caller: Pick<Caller, 'id' | 'name' | 'source' | 'session'>) => Sealed | Promise<Sealed>
  /** A function that opens envelopes by the keys there are now; null for a person who was erased. */
  readonly opener: () => Promise<(entry: Sealed) => Personal | null>
  /** Everybody who occurs in the log, by name. */
  readonly list: () => Promise<readonly Subject[]>
  /** The pseudonym of an identity; null when it has none (yet, or any more). */
  readonly find: (identity: string) => Promise<string | null>
  /** Destroys the key, the name and the tie to the identity. @throws AppError `not_found`. */
  readonly erase: (subject: string) => Promise<Subject & { readonly identity: string | null }>
}

const itself: Sealed = { subject: 'application', sealed: null }
const purpose = (subject: string): string => `audit envelope of ${subject}`
/** How long another process may have erased somebody before we look again. */
const trustedMs = 30_000

type Known = {
  readonly subject: string
  readonly key: Buffer
  readonly at: number
  readonly envelopes: Map<string, string>
}

/**
 * People behind pseudonyms. Each has a key of their own (AES-256-GCM); an entry holds their name, address and session
 * only as encrypted by it. The same person in the same session has the same envelope, so that sealing costs nothing.
 */
export function createSubjects(workspace: Workspace, clock: Clock): Subjects {
  const db = workspace.withTables<AuditTables>()
  const shared = isShared(workspace)
  const known = new Map<string, Known | Promise<Known>>()

  const load = async (identity: string, name: string): Promise<Known> => {
    const subject = randomId()
    const key = randomBytes(32)
    await db
      .insertInto('audit_subject')
      .values({
        subject,
        identity,
        name: seal(key, purpose(subject), name),
        key: key.toString('base64'),
        created_at: iso(clock.now()),
        erased_at: null,
      })
      .onConflict((conflict) => conflict.column('identity').doNothing())
      .execute()
    const row = await db
      .selectFrom('audit_subject')
      .selectAll()
      .where('identity', '=', identity)
      .executeTakeFirstOrThrow()
    const stored = Buffer.from(row.key ?? '', 'base64')
    if (row.name === null || unseal(stored, purpose(row.subject), row.name) !== name)
      await db
        .updateTable('audit_subject')
        .set({ name: seal(stored, purpose(row.subject), name) })
        .where('subject', '=', row.subject)
        .where('key', 'is not', null)
        .execute()
    return { subject: row.subject, key: stored, at: clock.monotonic(), envelopes: new Map() }
  }

  const of = (identity: string, name: string): Known | Promise<Known> => {
    const key = `${identity}\n${name}`
    const before = known.get(key)
    if (before && (before instanceof Promise || !shared || clock.monotonic() - before.at < trustedMs)) return before
    const loading = load(identity, name).then(
      (person) => {
        if (known.get(key) === loading) known.set(key, person)
        return person
      },
      (thrown: unknown) => {
        known.delete(key)
        throw thrown
      },
    )
    known.set(key, loading)
    return loading
  }

  const envelope = ({ subject, key, envelopes }: Known, { name, source, session }: Personal): string => {
    const text = JSON.stringify({ name, source, session })
    const before = envelopes.get(text)
    if (before !== undefined) return before
    if (envelopes.size >= 1_000) envelopes.clear()
    const sealed = seal(key, purpose(subject), text)
    envelopes.set(text, sealed)
    return sealed
  }

  return {
    seal(caller) {
      if (caller.id === itself.subject) return itself
      const person = of(caller.id || 'nobody', caller.name)
      const sealed = (one: Known): Sealed => ({ subject: one.subject, sealed: envelope(one, caller) })
      return person instanceof Promise ? person.then(sealed) : sealed(person)
    },

    async opener() {
      const rows = await db.selectFrom('audit_subject').select(['subject', 'key']).execute()
      const keys = new Map(rows.map(({ subject, key }) => [subject, key && Buffer.from(key, 'base64')]))
      const opened = new Map<string, Personal | null>()
      return ({ subject, sealed }) => {
        if (subject === itself.subject) return { name: 'application', source: null, session: null }
        const key = keys.get(subject)
        if (!key || sealed === null) return null
        const before = opened.get(sealed)
        if (before !== undefined) return before
        if (opened.size >= 10_000) opened.clear()
        const personal = open(key, subject, sealed)
        opened.set(sealed, personal)
        return personal
      }
    },

    async list() {
      const rows = await db.selectFrom('audit_subject').selectAll().orderBy('created_at').execute()
      return rows.map(shown)
    },

    async find(identity) {
      const row = await db
        .selectFrom('audit_subject')
        .select('subject')
        .where('identity', '=', identity)
        .executeTakeFirst()
      return row?.subject ?? null
    },

    async erase(subject) {
      const row = await db.selectFrom('audit_subject').selectAll().where('subject', '=', subject).executeTakeFirst()
      if (!row) throw new AppError('not_found', 'Nobody in the log has this pseudonym.')
      const erased = { identity: null, name: null, key: null, erased_at: row.erased_at ?? iso(clock.now()) }
      await db.updateTable('audit_subject').set(erased).where('subject', '=', subject).execute()
      if (!shared) await sql`pragma wal_checkpoint(truncate)`.execute(db)
      known.clear()
      return { subject, name: null, erasedAt: erased.erased_at, identity: row.identity }
    },
  }
}

function open(key: Buffer, subject: string, sealed: string): Personal | null {
  try {
    return JSON.parse(unseal(key, purpose(subject), sealed))
  } catch {
    return null // an edited envelope: verifying names it, reading must go on
  }
}

function shown({ subject, name, key, erased_at }: AuditTables['audit_subject']): Subject {
  const readable = name !== null && key !== null
  try {
    return {
      subject,
      name: readable ? unseal(Buffer.from(key, 'base64'), purpose(subject), name) : null,
      erasedAt: erased_at,
    }
  } catch {
    return { subject, name: null, erasedAt: erased_at }
  }
}
