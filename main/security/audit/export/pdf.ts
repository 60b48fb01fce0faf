import { createHash } from 'node:crypto'
import { iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AuditEntry } from '#preload/security/audit.ts'
import type { ExportPorts, Format, Material } from './material.ts'
import type { PdfInput } from './pdf-render.ts'
import { visible, visibleJson } from './visible.ts'

/** Entries of one PDF: the layout needs all of them at once, and nobody leafs through more pages. */
export const pdfEntryLimit = 5_000

/**
 * A report on pages, with its entries and a signed statement about them as attachments.
 *
 * What is signed is not the look of the pages, but the attachment `entries.jsonl`: `statement.note` holds its SHA-256,
 * the filter and the newest checkpoint, signed by the key of the log. To check: take both out (`pdfdetach -saveall`),
 * compare `sha256sum entries.jsonl` with the statement, and check the note with the public key of the log.
 */
export const pdf: Format = { extension: 'pdf', mediaType: 'application/pdf', write }

async function* write(material: Material, ports: ExportPorts): AsyncGenerator<Uint8Array> {
  if (material.total > pdfEntryLimit) throw tooMany(material.total)
  const entries: AuditEntry[] = []
  for await (const batch of material.batches) {
    entries.push(...batch)
    yield new Uint8Array()
  }
  const lines = entries.map((entry) => `${visibleJson(entry)}\n`).join('')
  const note = await ports.sign(await statement(material, entries, lines, ports))
  const { filter, by, at } = material
  const input: PdfInput = { report: { filter, by, at }, entries, lines, note }
  yield await ports.renderPdf(input)
}

function tooMany(total: number): AppError {
  return new AppError('too_large', `A PDF holds ${pdfEntryLimit} entries at most, and ${total} match.`, {
    hint: 'Narrow the filter, or export CSV, XLSX or an evidence package: those have no limit.',
  })
}

async function statement(
  { filter, by, at }: Material,
  entries: readonly AuditEntry[],
  lines: string,
  ports: ExportPorts,
): Promise<string> {
  const checkpoint = await ports.latestCheckpoint()
  return [
    'framework0 audit export',
    `entries ${entries.length}`,
    `sequences ${entries[0]?.sequence ?? '-'} to ${entries.at(-1)?.sequence ?? '-'}`,
    `sha256 of entries.jsonl ${createHash('sha256').update(lines).digest('hex')}`,
    `filter ${visibleJson(filter)}`,
    `exported at ${iso(at)} by ${visible(by)}`,
    checkpoint === null ? 'no checkpoint yet' : `checkpoint of ${checkpoint.size} entries, root ${checkpoint.root}`,
    '',
  ].join('\n')
}
