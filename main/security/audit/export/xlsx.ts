import type { AuditEntry } from '#preload/security/audit.ts'
import type { EvidenceFile, Format, Material } from './material.ts'
import { rowXml, sheetEnd, sheetStart } from './xlsx-sheet.ts'
import { contentTypes, relationships, styles, workbook, workbookRelationships } from './xlsx-workbook.ts'
import { zip } from './zip.ts'

/** Rows of a sheet at most, header included (ECMA-376; limit of the spreadsheets that read it). */
const rowLimit = 1_048_576

/**
 * Office Open XML workbook (ECMA-376 part 1, SpreadsheetML), written row by row: memory does not grow with the entries.
 * The streaming writer of exceljs was measured and left: its streams ignore backpressure, so a slow reader of the export
 * makes it hold the whole file.
 */
export const xlsx: Format = {
  extension: 'xlsx',
  mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  write: (material) => xlsxOf(material, rowLimit),
}

/** With fewer rows a sheet than allowed, for tests. */
export const xlsxOf = (material: Material, rowsPerSheet: number): AsyncGenerator<Uint8Array> =>
  zip(parts(material, rowsPerSheet), true)

/** Sheets come first: only after the last one is it known how many the workbook has. */
async function* parts({ batches }: Material, rowsPerSheet: number): AsyncGenerator<EvidenceFile> {
  const rows = rowsOf(batches)
  let sheets = 0
  try {
    let next = await rows.next()
    do {
      sheets++
      yield {
        name: `xl/worksheets/sheet${sheets}.xml`,
        chunks: sheetOf(async function* () {
          for (let row = 1; row < rowsPerSheet && !next.done; row++) {
            yield next.value
            next = await rows.next()
          }
        }),
      }
    } while (!next.done)
  } finally {
    await rows.return(undefined)
  }
  yield* [
    part('[Content_Types].xml', contentTypes(sheets)),
    part('_rels/.rels', relationships),
    part('xl/workbook.xml', workbook(sheets)),
    part('xl/_rels/workbook.xml.rels', workbookRelationships(sheets)),
    part('xl/styles.xml', styles),
  ]
}

async function* rowsOf(batches: AsyncIterable<readonly AuditEntry[]>): AsyncGenerator<AuditEntry, undefined> {
  for await (const batch of batches) yield* batch
}

const chunkChars = 64 * 1024

async function* sheetOf(entries: () => AsyncIterable<AuditEntry>): AsyncGenerator<Uint8Array> {
  let xml = sheetStart
  let row = 1
  for await (const entry of entries()) {
    row++
    xml += rowXml(row, entry)
    if (xml.length < chunkChars) continue
    yield Buffer.from(xml)
    xml = ''
  }
  yield Buffer.from(xml + sheetEnd(row))
}

const part = (name: string, xml: string): EvidenceFile => ({
  name,
  chunks: (async function* () {
    yield Buffer.from(xml)
  })(),
})
