import { createHash, type Hash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import { canonical } from '../audit/canonical.ts'
import type { Workspace } from './opened.ts'
import type { TableShape } from './tables.ts'

export type Row = Readonly<Record<string, unknown>>

/** How many rows a table has, and SHA-256 over them. The same rows give the same on SQLite and on PostgreSQL. */
export type TableContent = { readonly table: string; readonly rows: number; readonly sha256: string }

const rowsAtOnce = 500

/** The rows of a table in the order of its key, a batch at a time, so that memory stays flat. */
export async function* readRows(workspace: Workspace, table: TableShape): AsyncGenerator<readonly Row[]> {
  let last: Row | undefined
  for (let offset = 0; ; offset += rowsAtOnce) {
    const { rows } = await sql<Row>`${page(table, last, offset)}`.execute(workspace)
    if (rows.length > 0) yield rows
    if (rows.length < rowsAtOnce) return
    last = rows.at(-1)
  }
}

/** After the key of the last row; without a key in the order of all columns, which may hold nulls and repeat. */
function page({ name, columns, key }: TableShape, last: Row | undefined, offset: number): RawBuilder<unknown> {
  const list = (names: readonly string[]) => sql.join(names.map((column) => sql.ref(column)))
  const all = sql`select ${list(columns)} from ${sql.table(name)}`
  if (key.length === 0) {
    const order = sql.join(columns.map((column) => sql`${sql.ref(column)} nulls first`))
    return sql`${all} order by ${order} limit ${sql.lit(rowsAtOnce)} offset ${sql.lit(offset)}`
  }
  const from = last ? sql`where (${list(key)}) > (${sql.join(key.map((column) => last[column]))})` : sql``
  return sql`${all} ${from} order by ${list(key)} limit ${sql.lit(rowsAtOnce)}`
}

/** A running hash over rows: canonical JSON (RFC 8785) of each, a line each, in the order of the key. */
export function rowHash(): { readonly add: (rows: readonly Row[]) => void; readonly digest: () => string } {
  const hash: Hash = createHash('sha256')
  return {
    add: (rows) => {
      for (const row of rows) hash.update(`${canonical(jsonOf(row))}\n`)
    },
    digest: () => hash.digest('hex'),
  }
}

/** What is in a table now. */
export async function contentOf(workspace: Workspace, table: TableShape, signal?: AbortSignal): Promise<TableContent> {
  const hash = rowHash()
  let rows = 0
  for await (const batch of readRows(workspace, table)) {
    signal?.throwIfAborted()
    hash.add(batch)
    rows += batch.length
    await new Promise((resolve) => setImmediate(resolve)) // SQLite reads on this thread; others want their turn
  }
  return { table: table.name, rows, sha256: hash.digest() }
}

/** Bytes as text; everything else is text, a number or null on both databases. */
const jsonOf = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value,
    ]),
  )
