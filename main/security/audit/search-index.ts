import type { LegacyEntry, LoggedEntry } from '#main/kernel/audit/entry.ts'
import { legacyIdentity } from '#main/kernel/audit/legacy.ts'
import { type Entries, type EntryRow, readLeaf, type Stub } from '#main/kernel/audit/read.ts'
import { insertRows, inTransaction, takeTurn } from '#main/kernel/audit/rows.ts'
import type { Subjects } from '#main/kernel/audit/subject.ts'
import { readHead } from '#main/kernel/audit/tree.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { SearchTables } from './search-tables.ts'
import { addText, makeTextIndex, markOf } from './text-index.ts'

/** Follows the log behind its writer. What is searched for is first brought up to where the log stands. */
export type SearchIndex = {
  /** @returns how many entries the log has; all of them can be found now. */
  readonly catchUp: () => Promise<number>
  /** Something was appended: follow soon. */
  readonly schedule: () => void
  readonly close: () => Promise<void>
}

type Options = {
  readonly workspace: Workspace
  readonly entries: Entries
  readonly subjects: Subjects
  readonly onError: (thrown: unknown) => void
}

const cursorName = 'search'
const batch = 500
export const spanWidth = 256
const settleMs = 300
/** Longer texts are found by how they begin. */
const longestText = 50_000

export function createSearchIndex({ workspace, entries, subjects, onError }: Options): SearchIndex {
  let made: Promise<void> | null = null
  let running: Promise<number> | null = null
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const position = async (from: Workspace): Promise<number> => {
    const row = await from
      .withTables<SearchTables>()
      .selectFrom('audit_cursor')
      .select('sequence')
      .where('name', '=', cursorName)
      .executeTakeFirst()
    return row?.sequence ?? 0
  }

  /** @returns how far the index reaches then. */
  const step = async (upTo: number): Promise<number> => {
    const from = await position(workspace)
    if (from >= upTo) return from
    const { value: rows = [] } = await entries.rows(from, upTo, batch).next()
    const found = await describeAll(rows, subjects)
    const last = rows.at(-1)?.sequence ?? upTo // nothing there: somebody removed it, which verifying tells
    return inTransaction(workspace, async (trx) => {
      await takeTurn(trx, 'audit-search')
      const now = await position(trx)
      if (now !== from) return now
      await store(trx, found)
      await insertRows(trx, 'audit_cursor', ['name', 'sequence'], [[cursorName, last]], moving)
      return last
    })
  }

  /** Words are lost when a workspace moves to another database, or a server crashes: then all is made again. */
  const make = (): Promise<void> =>
    inTransaction(workspace, async (trx) => {
      await takeTurn(trx, 'audit-search')
      if ((await makeTextIndex(trx)) && (await position(trx)) > 0) await clear(trx)
    })

  const run = async (): Promise<number> => {
    made ??= make()
    await made
    const head = await readHead(workspace)
    const size = head?.size ?? 0
    while (!closed && (await step(size)) < size) await new Promise((resolve) => setImmediate(resolve))
    return size
  }

  const catchUp = async (): Promise<number> => {
    while (running) await running.catch(() => {}) // it may have looked at the log before the latest entry
    running = run().finally(() => {
      running = null
    })
    return running
  }

  return {
    catchUp,
    schedule() {
      timer ??= setTimeout(() => {
        timer = undefined
        catchUp().catch(onError)
      }, settleMs).unref()
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await running?.catch(() => {})
    },
  }

  async function store(trx: Workspace, found: readonly Found[]): Promise<void> {
    await insertRows(trx, 'audit_search', searchColumns, found.map(searchRow))
    await insertRows(
      trx,
      'audit_target',
      ['target', 'sequence'],
      found.flatMap(({ sequence, targets }) => targets.map((target) => [target, sequence])),
    )
    await insertRows(
      trx,
      'audit_environment',
      ['environment', 'sequence'],
      found.flatMap(({ sequence, environments }) => environments.map((environment) => [environment, sequence])),
    )
    await insertRows(trx, 'audit_span', ['span', 'earliest', 'latest', 'entries'], spansOf(found), widening)
    await countFacets(trx, found, 1)
    await indexText(trx, found)
  }
}

async function clear(trx: Workspace): Promise<void> {
  const db = trx.withTables<SearchTables>()
  await db.deleteFrom('audit_search').execute()
  await db.deleteFrom('audit_target').execute()
  await db.deleteFrom('audit_environment').execute()
  await db.deleteFrom('audit_span').execute()
  await db.deleteFrom('audit_facet').execute()
  await db.deleteFrom('audit_cursor').where('name', '=', cursorName).execute()
}

/** What an entry can be found by. */
export type Found = {
  readonly sequence: number
  readonly at: string
  readonly subject: string
  readonly operation: string
  readonly outcome: string
  readonly correlationId: string
  readonly targets: readonly string[]
  readonly environments: readonly string[]
  /** Nothing personal is in it: what is sealed is not opened for it. */
  readonly text: string
}

/** The words of entries, and marks for their facets. */
export const indexText = (trx: Workspace, found: readonly Found[]): Promise<void> =>
  addText(
    trx,
    found.map((one) => [one.sequence, `${one.text} ${marksOf(one).join(' ')}`]),
  )

const marksOf = ({ subject, operation, outcome, environments }: Found): readonly string[] => [
  markOf('subject', subject),
  markOf('operation', operation),
  markOf('capability', capabilityOf(operation)),
  markOf('outcome', outcome),
  ...environments.map((environment) => markOf('environment', environment)),
]

const searchColumns = ['sequence', 'at', 'subject', 'capability', 'operation', 'outcome', 'correlation_id'] as const
const searchRow = ({ sequence, at, subject, operation, outcome, correlationId }: Found) => [
  sequence,
  at,
  subject,
  capabilityOf(operation),
  operation,
  outcome,
  correlationId,
]
export const capabilityOf = (operation: string): string => operation.split('.')[0] ?? ''

const moving = 'on conflict (name) do update set sequence = excluded.sequence'
const widening = `on conflict (span) do update set
  earliest = case when excluded.earliest < audit_span.earliest then excluded.earliest else audit_span.earliest end,
  latest = case when excluded.latest > audit_span.latest then excluded.latest else audit_span.latest end,
  entries = audit_span.entries + excluded.entries`
const counting = 'on conflict (dimension, value) do update set entries = audit_facet.entries + excluded.entries'

/** @param by 1 for entries that came, -1 for entries that went. */
export async function countFacets(trx: Workspace, found: readonly Found[], by: 1 | -1): Promise<void> {
  const counts = new Map<string, [dimension: string, value: string, entries: number]>()
  const count = (dimension: string, value: string): void => {
    const key = `${dimension}\n${value}`
    const known = counts.get(key)
    counts.set(key, [dimension, value, (known?.[2] ?? 0) + by])
  }
  for (const { subject, operation, outcome, environments } of found) {
    count('subject', subject)
    count('operation', operation)
    count('capability', capabilityOf(operation))
    count('outcome', outcome)
    for (const environment of environments) count('environment', environment)
  }
  await insertRows(trx, 'audit_facet', ['dimension', 'value', 'entries'], [...counts.values()], counting)
}

function spansOf(found: readonly Found[]): (readonly [number, string, string, number])[] {
  const spans = new Map<number, [number, string, string, number]>()
  for (const { sequence, at } of found) {
    const span = Math.floor((sequence - 1) / spanWidth)
    const known = spans.get(span) ?? [span, at, at, 0]
    spans.set(span, [span, at < known[1] ? at : known[1], at > known[2] ? at : known[2], known[3] + 1])
  }
  return [...spans.values()]
}

/** What these rows can be found by. */
export async function describeAll(rows: readonly EntryRow[], subjects: Subjects): Promise<readonly Found[]> {
  const found: Found[] = []
  const legacy = new Map<string, string>()
  for (const row of rows) {
    const entry = row.leaf === null ? null : readLeaf(row.leaf)
    if (entry?.v === 1) {
      const identity = legacyIdentity(entry.actor)
      const subject = legacy.get(identity) ?? (await subjects.find(identity)) ?? identity
      legacy.set(identity, subject)
      found.push(describe(row.sequence, { ...entry, subject, environments: [], policies: [] }))
    } else if (entry) found.push(describe(row.sequence, entry))
    else found.push({ ...emptied(row.sequence), ...(JSON.parse(row.stub ?? '{}') as Partial<Stub>) })
  }
  return found
}

type Described = Pick<LoggedEntry, 'subject' | 'environments' | 'policies'> &
  Omit<LegacyEntry, 'v' | 'actor' | 'hash' | 'previousHash'>

const describe = (sequence: number, entry: Described): Found => ({
  sequence,
  at: entry.at,
  subject: entry.subject,
  operation: entry.operation,
  outcome: entry.outcome,
  correlationId: entry.correlationId,
  targets: [...new Set(entry.targets.map(plain))],
  environments: [...new Set(entry.environments.map(plain))],
  text: plain(
    [
      entry.operation,
      entry.targets.join(' '),
      JSON.stringify(entry.before),
      JSON.stringify(entry.after),
      entry.error?.message ?? '',
      entry.policies.join(' '),
    ]
      .join(' ')
      .slice(0, longestText),
  ),
})

const emptied = (sequence: number): Found => ({
  sequence,
  at: new Date(0).toISOString(),
  subject: '',
  operation: '',
  outcome: '',
  correlationId: '',
  targets: [],
  environments: [],
  text: '',
})

/** PostgreSQL keeps no U+0000 in a text. */
const plain = (text: string): string => text.replaceAll('\0', '')
