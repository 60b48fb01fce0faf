import { createRequire } from 'node:module'
import pdfmake from 'pdfmake'
import type { AuditEntry } from '#preload/security/audit.ts'
import { document, type Report } from './pdf-document.ts'

/** Plain data, so that it can be sent to a worker. */
export type PdfInput = {
  readonly report: Report
  readonly entries: readonly AuditEntry[]
  /** The attachment `entries.jsonl`. */
  readonly lines: string
  /** The attachment `statement.note`. */
  readonly note: string
}

const fontOf = (style: string): string =>
  createRequire(import.meta.url).resolve(`pdfmake/fonts/Roboto/Roboto-${style}.ttf`)
const roboto = { normal: fontOf('Regular'), bold: fontOf('Medium') }

// Nothing but these two fonts is ever read, and nothing is fetched.
pdfmake.setFonts({ Roboto: roboto })
pdfmake.setUrlAccessPolicy(() => false)
pdfmake.setLocalAccessPolicy((path) => path === roboto.normal || path === roboto.bold)

const attachment = (type: string, text: string): string => `data:${type};base64,${Buffer.from(text).toString('base64')}`

/** The bytes of a PDF 1.3. The layout occupies its thread: about half a second for 1,000 entries. */
export function renderPdf({ report, entries, lines, note }: PdfInput): Promise<Uint8Array> {
  const created = pdfmake.createPdf({
    ...document(report, entries, note),
    files: {
      'entries.jsonl': { src: attachment('application/x-ndjson', lines), name: 'entries.jsonl' },
      'statement.note': { src: attachment('text/plain', note), name: 'statement.note' },
    },
  })
  return created.getBuffer()
}
