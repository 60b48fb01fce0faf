import papaparse from 'papaparse'
import type { AuditEntry } from '#preload/security/audit.ts'
import { columns, looksLikeFormula } from './columns.ts'
import type { Format, Material } from './material.ts'

const byteOrderMark = '\ufeff'

/** RFC 4180, UTF-8 with a byte order mark for spreadsheets. What looks like a formula gets an apostrophe before it. */
export const csv: Format = { extension: 'csv', mediaType: 'text/csv; charset=utf-8', write }

async function* write({ batches }: Material): AsyncGenerator<Uint8Array> {
  yield lines(byteOrderMark, [columns.map(({ title }) => title)])
  for await (const batch of batches) yield lines('', batch.map(rowOf))
}

const rowOf = (entry: AuditEntry): string[] => columns.map(({ text }) => text(entry))

function lines(before: string, rows: string[][]): Uint8Array {
  const text = papaparse.unparse(rows, { newline: '\r\n', escapeFormulae: looksLikeFormula })
  return Buffer.from(`${before}${text}\r\n`)
}
