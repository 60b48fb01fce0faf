import { sql } from 'kysely'
import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import type { EntryRow } from '#main/kernel/audit/read.ts'
import { inTransaction, isShared, takeTurn } from '#main/kernel/audit/rows.ts'
import type { Subjects } from '#main/kernel/audit/subject.ts'
import type { AuditTables } from '#main/kernel/audit/tables.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Settings } from '#main/kernel/settings/settings.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import { AppError } from '#preload/contract/error.ts'
import { type AuditFilter, auditFilter, type LegalHold, type Retention } from '#preload/security/audit.ts'
import type { Search } from './search.ts'
import { countFacets, describeAll, indexText } from './search-index.ts'
import type { SearchTables } from './search-tables.ts'
import { removeText } from './text-index.ts'

type HoldTables = {
  audit_hold: {
    id: string
    name: string
    reason: string
    filter: string
    placed_at: string
    released_at: string | null
  }
}

/** How long entries keep their content, and what is kept whatever that says. */
export type RetentionPolicy = {
  readonly read: () => Promise<Retention>
  readonly setKeepDays: (keepDays: number | null) => Promise<void>
  readonly hold: (hold: Pick<LegalHold, 'name' | 'reason' | 'filter'>) => Promise<LegalHold>
  /** @throws AppError `not_found`, or `conflict` when it was released before. */
  readonly release: (id: string) => Promise<LegalHold>
  /** Empties what is older than it must be and not held. @returns how many entries. */
  readonly prune: (signal?: AbortSignal) => Promise<number>
  /** Empties entries of the first format by somebody who is erased: it kept names in plain text. */
  readonly pruneLegacyOf: (subject: string) => Promise<number>
}

type Options = {
  readonly workspace: Workspace
  readonly settings: Settings
  readonly clock: Clock
  readonly subjects: Subjects
  readonly search: Search
}

/** What holds keep: each open hold, and the sequences of all of them. */
type Held = { readonly holds: ReadonlySet<string>; readonly kept: ReadonlySet<number> }

const settingsKey = 'audit.retention'
const turn = 'audit-retention'
const stored = z.object({ keepDays: z.number().int().nullable().default(null), pruned: z.number().int().default(0) })
const dayMs = 24 * 3_600_000

export function createRetention({ workspace, settings, clock, subjects, search }: Options): RetentionPolicy {
  const db = workspace.withTables<HoldTables & SearchTables & AuditTables>()
  const holds = async (): Promise<LegalHold[]> => {
    const rows = await db.selectFrom('audit_hold').selectAll().orderBy('placed_at').execute()
    return rows.map(toHold)
  }
  const read = async (): Promise<Retention> => ({
    ...(await settings.get(settingsKey, stored)),
    holds: await holds(),
  })

  /** Every sequence that a hold keeps. Filters are few, and what they hold is a small part of a log. */
  const held = async (): Promise<Held> => {
    const kept = new Set<number>()
    const open = (await holds()).filter(({ releasedAt }) => releasedAt === null)
    for (const { filter } of open)
      for await (const some of search.follow(filter)) for (const sequence of some) kept.add(sequence)
    return { holds: new Set(open.map(({ id }) => id)), kept }
  }

  /** Whether a hold was placed that `keep` does not know; from here on none is, until the transaction ends. */
  const placedMeanwhile = async (trx: Workspace, keep: Held): Promise<boolean> => {
    await takeTurn(trx, turn)
    const open = await trx
      .withTables<HoldTables>()
      .selectFrom('audit_hold')
      .select('id')
      .where('released_at', 'is', null)
      .execute()
    return open.some(({ id }) => !keep.holds.has(id))
  }

  /** Stops where a hold is placed meanwhile; the rest waits for the next time. `null` keeps nothing. */
  const empty = async (filter: AuditFilter, keep: Held | null, mayGo: (row: EntryRow) => boolean) => {
    let emptied = 0
    for await (const some of search.follow(filter)) {
      const free = some.filter((sequence) => !keep?.kept.has(sequence))
      const now = await emptyRows(free, keep, mayGo)
      if (now === null) break
      emptied += now
    }
    if (!isShared(workspace) && emptied > 0) await sql`pragma wal_checkpoint(truncate)`.execute(db)
    const before = await settings.get(settingsKey, stored)
    if (emptied > 0) await settings.set(settingsKey, { ...before, pruned: before.pruned + emptied })
    return emptied
  }

  /** @returns how many; null when nothing was, because of a hold that `keep` does not know. */
  const emptyRows = async (
    sequences: readonly number[],
    keep: Held | null,
    mayGo: (row: EntryRow) => boolean,
  ): Promise<number | null> => {
    if (sequences.length === 0) return 0
    const rows = await db
      .selectFrom('audit_entry')
      .selectAll()
      .where('sequence', 'in', [...sequences])
      .where('leaf', 'is not', null)
      .execute()
    const going = rows.filter(mayGo)
    if (going.length === 0) return 0
    const found = await describeAll(going, subjects)
    return inTransaction(workspace, async (untyped) => {
      if (keep && (await placedMeanwhile(untyped, keep))) return null
      const trx = untyped.withTables<SearchTables & AuditTables>()
      for (const { sequence, at, operation, outcome } of found)
        await trx
          .updateTable('audit_entry')
          .set({ leaf: null, stub: JSON.stringify({ at, operation, outcome }) })
          .where('sequence', '=', sequence)
          .execute()
      const gone = found.map(({ sequence }) => sequence)
      await trx
        .updateTable('audit_search')
        .set({ subject: '', correlation_id: '' })
        .where('sequence', 'in', gone)
        .execute()
      await trx.deleteFrom('audit_target').where('sequence', 'in', gone).execute()
      await trx.deleteFrom('audit_environment').where('sequence', 'in', gone).execute()
      await removeText(untyped, gone)
      const rest = found.map((one) => ({ ...one, subject: '', environments: [], text: '' }))
      await indexText(untyped, rest)
      await countFacets(untyped, found, -1)
      await countFacets(untyped, rest, 1)
      return going.length
    })
  }

  return {
    read,
    async setKeepDays(keepDays) {
      await settings.set(settingsKey, { ...(await settings.get(settingsKey, stored)), keepDays })
    },
    async hold({ name, reason, filter }) {
      const hold: LegalHold = { id: uuid(), name, reason, filter, placedAt: iso(clock.now()), releasedAt: null }
      const row = {
        id: hold.id,
        name,
        reason,
        filter: JSON.stringify(filter),
        placed_at: hold.placedAt,
        released_at: null,
      }
      await inTransaction(workspace, async (trx) => {
        await takeTurn(trx, turn) // what is being emptied now is gone before the hold is said to be placed, and nothing after
        await trx.withTables<HoldTables>().insertInto('audit_hold').values(row).execute()
      })
      return hold
    },
    async release(id) {
      const hold = (await holds()).find((one) => one.id === id)
      if (!hold) throw new AppError('not_found', 'There is no such legal hold.')
      if (hold.releasedAt !== null) throw new AppError('conflict', `The hold ${hold.name} was released before.`)
      const releasedAt = iso(clock.now())
      await db.updateTable('audit_hold').set({ released_at: releasedAt }).where('id', '=', id).execute()
      return { ...hold, releasedAt }
    },
    async prune(signal) {
      const { keepDays } = await read()
      if (keepDays === null) return 0
      signal?.throwIfAborted()
      const to = iso(clock.now() - keepDays * dayMs)
      return empty({ to }, await held(), () => true)
    },
    pruneLegacyOf: async (subject) =>
      empty({ actor: subject }, null, ({ leaf }) => leaf?.startsWith('{"actor":') ?? false),
  }
}

const toHold = (row: HoldTables['audit_hold']): LegalHold => ({
  id: row.id,
  name: row.name,
  reason: row.reason,
  filter: auditFilter.parse(JSON.parse(row.filter)),
  placedAt: row.placed_at,
  releasedAt: row.released_at,
})
