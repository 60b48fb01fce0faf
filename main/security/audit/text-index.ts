import { CompiledQuery, type RawBuilder, sql } from 'kysely'
import { insertRows, isShared } from '#main/kernel/audit/rows.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'

/**
 * Words of the entries. The one place where the two databases must differ: FTS5 on SQLite, a tsvector with a GIN index
 * on PostgreSQL. Both find words by how they begin, whatever their case and accents of theirs allow.
 */
export async function makeTextIndex(db: Workspace): Promise<void> {
  const statements = isShared(db)
    ? [
        'create table if not exists audit_text (sequence integer primary key, words tsvector not null)',
        'create index if not exists audit_text_words on audit_text using gin (words)',
      ]
    : ["create virtual table if not exists audit_text using fts5 (words, content = '', contentless_delete = 1)"]
  for (const statement of statements) await db.executeQuery(CompiledQuery.raw(statement))
}

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

/**
 * A condition on a column that holds sequences: all words occur. Null when the text has no word.
 *
 * @param text what a person typed; no part of it is taken for a query language.
 */
export function hasWords(db: Pick<Workspace, 'getExecutor'>, column: string, text: string): RawBuilder<boolean> | null {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length === 0) return null
  if (isShared(db)) {
    const query = words.map((word) => `${word}:*`).join(' & ')
    return sql`${sql.ref(column)} in (select sequence from audit_text where words @@ to_tsquery('simple', ${query}))`
  }
  const query = words.map((word) => `"${word}"*`).join(' ')
  return sql`${sql.ref(column)} in (select rowid from audit_text where audit_text match ${query})`
}
