import { hash } from 'node:crypto'
import { CompiledQuery, type RawBuilder, sql } from 'kysely'
import { insertRows, isShared } from '#main/kernel/audit/rows.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'

/**
 * Words of the entries. The one place where the two databases must differ: FTS5 on SQLite, a tsvector with a GIN index
 * on PostgreSQL (unlogged: it is made again from the entries when it is lost). Beside its words an entry has marks for
 * its facets, so that words and facets are met in one walk.
 *
 * @returns whether there is nothing in it.
 */
export async function makeTextIndex(db: Workspace): Promise<boolean> {
  const statements = isShared(db)
    ? [
        'create unlogged table if not exists audit_text (sequence integer primary key, words tsvector not null)',
        'create index if not exists audit_text_words on audit_text using gin (words)',
      ]
    : [
        `create virtual table if not exists audit_text
         using fts5 (words, content = '', contentless_delete = 1, detail = none)`,
      ]
  for (const statement of statements) await db.executeQuery(CompiledQuery.raw(statement))
  const column = sql.ref(isShared(db) ? 'sequence' : 'rowid')
  const { rows } = await sql`select ${column} from audit_text limit 1`.execute(db)
  return rows.length === 0
}

/** A word that nobody writes, for a value of a facet. */
export const markOf = (dimension: string, value: string): string =>
  `q${hash('sha256', `${dimension}\n${value}`, 'hex').slice(0, 16)}`

export async function addText(
  db: Workspace,
  rows: readonly (readonly [sequence: number, text: string])[],
): Promise<void> {
  if (!isShared(db)) return insertRows(db, 'audit_text', ['rowid', 'words'], rows)
  for (const [sequence, text] of rows)
    await sql`insert into audit_text (sequence, words) values (${sequence}, to_tsvector('simple', ${text}))
      on conflict (sequence) do nothing`.execute(db)
}

export async function removeText(db: Workspace, sequences: readonly number[]): Promise<void> {
  const column = sql.ref(isShared(db) ? 'sequence' : 'rowid')
  await sql`delete from audit_text where ${column} in (${sql.join(sequences)})`.execute(db)
}

/** Entries with words, as a search joins them: sequences in `column` of `table`, under `condition`. */
export type TextQuery = {
  readonly table: RawBuilder<unknown>
  readonly column: RawBuilder<unknown>
  readonly condition: RawBuilder<boolean>
}

/**
 * Entries in which all words occur. A word that no entry has whole is looked for as the beginning of one, or walking
 * through everything that begins like a frequent word would take too long.
 *
 * @param text what a person typed; no part of it is taken for a query language.
 * @param marks facets that entries must have besides.
 * @returns null when there is no word, and no two facets that only this walk can meet in time (PostgreSQL meets them by
 *   their own indexes).
 */
export async function findWords(db: Workspace, text: string, marks: readonly string[]): Promise<TextQuery | null> {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length === 0 && (marks.length < 2 || isShared(db))) return null
  const terms: Term[] = marks.map((word) => ({ word, whole: true }))
  for (const word of words) terms.push({ word, whole: await occurs(db, word) })
  return queryOf(isShared(db), terms)
}

type Term = { readonly word: string; readonly whole: boolean }

async function occurs(db: Workspace, word: string): Promise<boolean> {
  const { table, column, condition } = queryOf(isShared(db), [{ word, whole: true }])
  const { rows } = await sql`select ${column} from ${table} where ${condition} limit 1`.execute(db)
  return rows.length > 0
}

function queryOf(shared: boolean, terms: readonly Term[]): TextQuery {
  if (shared) {
    const query = terms.map(({ word, whole }) => (whole ? word : `${word}:*`)).join(' & ')
    return {
      table: sql`audit_text as t`,
      column: sql`t.sequence`,
      condition: sql<boolean>`t.words @@ to_tsquery('simple', ${query})`,
    }
  }
  const query = terms.map(({ word, whole }) => (whole ? `"${word}"` : `"${word}"*`)).join(' ')
  return { table: sql`audit_text as t`, column: sql`t.rowid`, condition: sql<boolean>`audit_text match ${query}` }
}
