import type { AuditEntry } from '#preload/security/audit.ts'
import { type Column, columns, looksLikeFormula } from './columns.ts'
import { styleOf } from './xlsx-workbook.ts'

/** Characters that a cell can hold (limit of the spreadsheets that read it). */
const cellLimit = 32_767
const dayMs = 86_400_000
/** Serial number 0 of the 1900 date system. */
const dateZero = Date.UTC(1899, 11, 30)

const letters = columns.map((_, index) => letterOf(index))

function letterOf(index: number): string {
  const rest = Math.floor(index / 26)
  return `${rest === 0 ? '' : letterOf(rest - 1)}${String.fromCharCode(65 + (index % 26))}`
}

/** Frozen header, widths, and the header row itself (ECMA-376 part 1, 18.3.1). */
export const sheetStart = [
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
  '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
  '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>',
  '</sheetView></sheetViews><cols>',
  ...columns.map(({ width }, n) => `<col min="${n + 1}" max="${n + 1}" width="${width}" customWidth="1"/>`),
  '</cols><sheetData><row r="1">',
  ...columns.map(({ title }, n) => textCell(`${letters[n]}1`, title, styleOf.header)),
  '</row>',
].join('')

export const sheetEnd = (rows: number): string =>
  `</sheetData><autoFilter ref="A1:${letters.at(-1)}${rows}"/></worksheet>`

export const rowXml = (row: number, entry: AuditEntry): string =>
  `<row r="${row}">${columns.map((column, n) => cell(`${letters[n]}${row}`, column, column.text(entry))).join('')}</row>`

function cell(at: string, { kind }: Column, text: string): string {
  if (text === '') return ''
  if (kind === 'number') return `<c r="${at}"><v>${text}</v></c>`
  if (kind === 'instant')
    return `<c r="${at}" s="${styleOf.instant}"><v>${(Date.parse(text) - dateZero) / dayMs}</v></c>`
  return textCell(at, text, looksLikeFormula.test(text) ? styleOf.quoted : styleOf.text)
}

function textCell(at: string, text: string, style: number): string {
  return `<c r="${at}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escaped(shortened(text))}</t></is></c>`
}

function shortened(text: string): string {
  if (text.length <= cellLimit) return text
  const note = `… (${text.length} characters; the JSON Lines export has all)`
  return `${text.slice(0, cellLimit - note.length)}${note}`.toWellFormed()
}

// `_x0041_` is how SpreadsheetML writes a character by its number; text that looks so must be kept from being read so.
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/_(?=x[0-9a-fA-F]{4}_)/g, '_x005F_')
}
