import { type RawBuilder, sql } from 'kysely'
import type { Entries } from '#main/kernel/audit/read.ts'
import type { Subjects } from '#main/kernel/audit/subject.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { AuditEntry, AuditFilter } from '#preload/security/audit.ts'
import { capabilityOf, type SearchIndex, spanWidth } from './search-index.ts'
import type { SearchTables } from './search-tables.ts'
import { findWords, markOf, type TextQuery } from './text-index.ts'

export type Page = {
  readonly total: number
  /** False when more than `total` match: counting stopped there. */
  readonly exact: boolean
  readonly entries: AuditEntry[]
}

/** Searches of the log. */
export type Search = {
  /** @param before only entries older than this one: how to read on without counting from the newest. */
  readonly page: (filter: AuditFilter, offset: number, limit: number, before?: number) => Promise<Page>
  /** Sequences of matching entries after `after`, in order. */
  readonly follow: (filter: AuditFilter, after?: number, batch?: number) => AsyncGenerator<readonly number[]>
  readonly count: (filter: AuditFilter) => Promise<number>
  /** The entry of a call; null while it is not written. */
  readonly sequenceOf: (correlationId: string) => Promise<number | null>
  readonly values: (dimension: 'operation' | 'environment') => Promise<string[]>
}

/** Matches beyond these are not counted for a page: nobody reads that far, and counting takes longer than reading. */
const countedMost = 10_000

type Condition = {
  /** Dimension of the facet that tells how many entries have it; null for what is rare by nature. */
  readonly facet: readonly [dimension: string, value: string] | null
  /** In the shape that lets the database walk along its index. */
  readonly driving: RawBuilder<boolean>
  /** In a shape that leaves the walking to another condition. */
  readonly checking: RawBuilder<boolean>
  readonly table?: 'audit_target' | 'audit_environment'
}

/** What follows `select`. */
type Matching = RawBuilder<unknown>

const wordsTable = ({ table, column }: TextQuery, times: readonly unknown[]): RawBuilder<unknown> =>
  times.length === 0 ? table : sql`${table} join audit_search as s on s.sequence = ${column}`

type Bounds = { readonly low: number; readonly high: number }

export function createSearch(workspace: Workspace, entries: Entries, subjects: Subjects, index: SearchIndex): Search {
  const db = workspace.withTables<SearchTables>()

  const equals = (column: string, value: string): Condition => ({
    facet: column === 'correlation_id' ? null : [column, value],
    driving: sql`s.${sql.ref(column)} = ${value}`,
    checking: sql`s.${sql.ref(column)} || '' = ${value}`,
  })

  const listed = (table: 'audit_target' | 'audit_environment', column: string, value: string): Condition => ({
    facet: table === 'audit_environment' ? ['environment', value] : null,
    table,
    driving: sql`d.${sql.ref(column)} = ${value}`,
    checking: sql`exists (select 1 from ${sql.table(table)} as x where x.${sql.ref(column)} = ${value} and x.sequence = s.sequence)`,
  })

  /** A subject, or everybody who is shown by this name. */
  const actor = async (named: string): Promise<Condition> => {
    const people = (await subjects.list()).filter(({ subject, name }) => subject === named || name === named)
    const [first, ...others] = people.map(({ subject }) => subject)
    if (others.length === 0) return equals('subject', first ?? named)
    const anyOf = sql<boolean>`s.subject in (${sql.join([first, ...others])})`
    return { facet: null, driving: anyOf, checking: anyOf }
  }

  const conditionsOf = async (filter: AuditFilter): Promise<readonly Condition[]> => {
    const found: Condition[] = []
    if (filter.correlationId) found.push(equals('correlation_id', filter.correlationId))
    if (filter.target) found.push(listed('audit_target', 'target', filter.target))
    if (filter.actor) found.push(await actor(filter.actor))
    if (filter.operation)
      found.push(
        filter.operation === capabilityOf(filter.operation)
          ? equals('capability', filter.operation)
          : equals('operation', filter.operation),
      )
    if (filter.environment) found.push(listed('audit_environment', 'environment', filter.environment))
    if (filter.outcome) found.push(equals('outcome', filter.outcome))
    return found
  }

  /** How many entries have what a condition asks for. */
  const frequency = async ({ facet }: Condition): Promise<number> => {
    if (!facet) return 0
    const row = await db
      .selectFrom('audit_facet')
      .select('entries')
      .where('dimension', '=', facet[0])
      .where('value', '=', facet[1])
      .executeTakeFirst()
    return row?.entries ?? 0
  }

  /** The entries that a time range can be among. Times may jump, so that each entry in between is still looked at. */
  const boundsOf = async ({ from, to }: AuditFilter, size: number): Promise<Bounds> => {
    const first = from && (await spanAt('min', sql`latest >= ${from}`))
    const last = to && (await spanAt('max', sql`earliest <= ${to}`))
    return {
      low: first === undefined || first === '' ? 1 : first === null ? size + 1 : first * spanWidth + 1,
      high: last === undefined || last === '' ? size : last === null ? 0 : Math.min(size, (last + 1) * spanWidth),
    }
  }

  const spanAt = async (end: 'min' | 'max', condition: RawBuilder<unknown>): Promise<number | null> => {
    const { rows } = await sql<{ span: number | null }>`
      select ${sql.raw(end)}(span) as span from audit_span where ${condition}`.execute(db)
    return rows[0]?.span ?? null
  }

  /** All that matches, with the rarest condition leading the way. */
  const matching = async (filter: AuditFilter, { low, high }: Bounds): Promise<Matching> => {
    const conditions = await conditionsOf(filter)
    const marks = conditions.flatMap(({ facet }) => (facet ? [markOf(...facet)] : []))
    const times = [
      ...(filter.from ? [sql`s.at || '' >= ${filter.from}`] : []),
      ...(filter.to ? [sql`s.at || '' <= ${filter.to}`] : []),
    ]
    const rare = conditions.filter(({ facet }) => facet === null)
    const words = filter.text || rare.length === 0 ? await findWords(workspace, filter.text ?? '', marks) : null
    if (words && rare.length === 0) return along(words.column, wordsTable(words, times), [words.condition, ...times])
    const counted = await Promise.all(conditions.map(async (one) => [await frequency(one), one] as const))
    const [driver, ...others] = counted.sort(([a], [b]) => a - b).map(([, one]) => one)
    const checks = [...others.map(({ checking }) => checking), ...times]
    if (words)
      checks.push(sql`exists (select 1 from ${words.table} where ${words.condition} and ${words.column} = s.sequence)`)
    if (!driver?.table)
      return along(sql`s.sequence`, sql`audit_search as s`, driver ? [driver.driving, ...checks] : checks)
    const joined = sql`${sql.table(driver.table)} as d join audit_search as s on s.sequence = d.sequence`
    return along(sql`d.sequence`, checks.length > 0 ? joined : sql`${sql.table(driver.table)} as d`, [
      driver.driving,
      ...checks,
    ])

    function along(
      column: RawBuilder<unknown>,
      from: RawBuilder<unknown>,
      tests: readonly RawBuilder<unknown>[],
    ): Matching {
      const parts = [sql`${column} between ${low} and ${high}`, ...tests]
      return sql`${column} as sequence from ${from} where ${sql.join(parts, sql` and `)}`
    }
  }

  const sequences = async (query: Matching, ending: RawBuilder<unknown>): Promise<number[]> => {
    const { rows } = await sql<{ sequence: number }>`select ${query} ${ending}`.execute(db)
    return rows.map(({ sequence }) => sequence)
  }

  const countUpTo = async (query: Matching, most: number): Promise<number> => {
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from (select ${query} limit ${sql.lit(most)}) as found`.execute(db)
    return Number(rows[0]?.n ?? 0)
  }

  /** Without looking at entries: everything, or one thing that is counted already. Null where that cannot be. */
  const knownTotal = async (filter: AuditFilter, size: number): Promise<number | null> => {
    if (filter.from || filter.to || filter.text) return null
    const conditions = await conditionsOf(filter)
    const [only, second] = conditions
    if (!only) return size
    return second || !only.facet ? null : frequency(only)
  }

  const isOpen = (filter: AuditFilter): boolean => Object.values(filter).every((value) => value === undefined)

  return {
    async page(filter, offset, limit, before = Number.MAX_SAFE_INTEGER) {
      const size = await index.catchUp()
      const known = await knownTotal(filter, size)
      if (isOpen(filter)) {
        const newest = Math.min(size, before - 1) - offset
        const asked = Array.from({ length: Math.max(0, Math.min(limit, newest)) }, (_, n) => newest - n)
        return { total: size, exact: true, entries: [...(await entries.get(asked))] }
      }
      const bounds = await boundsOf(filter, size)
      const upTo = Math.min(bounds.high, before - 1)
      const found = await sequences(
        await matching(filter, { ...bounds, high: upTo }),
        sql`order by 1 desc limit ${sql.lit(limit)} offset ${sql.lit(offset)}`,
      )
      const ends = found.length < limit && (found.length > 0 || offset === 0) && before === Number.MAX_SAFE_INTEGER
      const total =
        known ?? (ends ? offset + found.length : await countUpTo(await matching(filter, bounds), countedMost + 1))
      const exact = known !== null || total <= countedMost
      return { total: exact ? total : countedMost, exact, entries: [...(await entries.get(found))] }
    },

    async *follow(filter, after = 0, batch = 1_000) {
      const size = await index.catchUp()
      const bounds = await boundsOf(filter, size)
      for (let last = after; ; ) {
        const query = await matching(filter, { ...bounds, low: Math.max(bounds.low, last + 1) })
        const found = await sequences(query, sql`order by 1 limit ${sql.lit(batch)}`)
        if (found.length === 0) return
        yield found
        last = found.at(-1) ?? size
      }
    },

    async count(filter) {
      const size = await index.catchUp()
      const known = await knownTotal(filter, size)
      return known ?? countUpTo(await matching(filter, await boundsOf(filter, size)), 2 ** 31)
    },

    async sequenceOf(correlationId) {
      await index.catchUp()
      const row = await db
        .selectFrom('audit_search')
        .select('sequence')
        .where('correlation_id', '=', correlationId)
        .orderBy('sequence')
        .executeTakeFirst()
      return row?.sequence ?? null
    },

    async values(dimension) {
      await index.catchUp()
      const rows = await db
        .selectFrom('audit_facet')
        .select('value')
        .where('dimension', '=', dimension)
        .where('entries', '>', 0)
        .orderBy('value')
        .execute()
      return rows.map(({ value }) => value).filter((value) => value !== '')
    },
  }
}
