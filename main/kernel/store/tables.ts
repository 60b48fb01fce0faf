import { sql } from 'kysely'
import { AppError } from '#preload/contract/error.ts'
import type { Workspace } from './opened.ts'
import { dialectOf } from './portable.ts'

/** A table as the schema of the database describes it. */
export type TableShape = {
  readonly name: string
  readonly columns: readonly string[]
  /** In key order; empty where there is none. */
  readonly key: readonly string[]
  /** Tables that must be filled before this one. */
  readonly needs: readonly string[]
}

type Column = { readonly table: string; readonly column: string; readonly key: number }
type Reference = { readonly table: string; readonly needs: string }

/**
 * Every table of the workspace but the ledger of migrations, those that others refer to first. What is made again from
 * others (a virtual table of SQLite, an unlogged one of PostgreSQL) is left out.
 */
export async function listTables(workspace: Workspace): Promise<readonly TableShape[]> {
  const catalogue = dialectOf(workspace) === 'sqlite' ? sqliteCatalogue : postgresCatalogue
  const columns = (await sql<Column>`${catalogue.columns}`.execute(workspace)).rows
  const references = (await sql<Reference>`${catalogue.references}`.execute(workspace)).rows
  return inOrder(
    Map.groupBy(columns, ({ table }) => table),
    references,
  )
}

const sqliteCatalogue = {
  columns: sql`select m.name as "table", c.name as "column", c.pk as "key"
    from sqlite_master m join pragma_table_info(m.name) c
    where m.name in (select l.name from pragma_table_list l where l.schema = 'main' and l.type = 'table')
      and m.type = 'table' and m.name not like 'sqlite!_%' escape '!' and m.name <> 'migration'
    order by m.name, c.cid`,
  references: sql`select distinct m.name as "table", f."table" as "needs"
    from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table'`,
}

const postgresCatalogue = {
  columns: sql`select t.relname as "table", c.attname as "column",
      coalesce(array_position(i.indkey::int2[], c.attnum) + 1, 0) as "key"
    from pg_class t join pg_attribute c on c.attrelid = t.oid and c.attnum > 0 and not c.attisdropped
    left join pg_index i on i.indrelid = t.oid and i.indisprimary
    where t.relnamespace = current_schema()::regnamespace and t.relkind in ('r', 'p')
      and t.relpersistence = 'p' and t.relname <> 'migration'
    order by t.relname, c.attnum`,
  references: sql`select distinct t.relname as "table", r.relname as "needs"
    from pg_constraint k join pg_class t on t.oid = k.conrelid join pg_class r on r.oid = k.confrelid
    where k.contype = 'f' and t.relnamespace = current_schema()::regnamespace`,
}

function inOrder(
  columnsOf: ReadonlyMap<string, readonly Column[]>,
  references: readonly Reference[],
): readonly TableShape[] {
  const shapes = [...columnsOf].map(([name, columns]) => shapeOf(name, columns, references))
  const placed: TableShape[] = []
  for (let left = shapes; left.length > 0; ) {
    const ready = left.filter(({ needs }) => needs.every((need) => placed.some(({ name }) => name === need)))
    if (ready.length === 0)
      throw new AppError(
        'internal',
        `Tables refer to each other in a circle: ${left.map(({ name }) => name).join(', ')}.`,
      )
    placed.push(...ready)
    left = left.filter((shape) => !ready.includes(shape))
  }
  return placed
}

function shapeOf(name: string, columns: readonly Column[], references: readonly Reference[]): TableShape {
  const all = columns.map(({ column }) => column)
  const key = columns
    .filter((column) => Number(column.key) > 0)
    .toSorted((a, b) => Number(a.key) - Number(b.key))
    .map(({ column }) => column)
  const needs = references.filter(({ table, needs }) => table === name && needs !== name).map(({ needs }) => needs)
  return { name, columns: all, key, needs }
}
