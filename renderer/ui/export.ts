/** A value as a spreadsheet or a program takes it. */
export type ExportValue = string | number | boolean | null | undefined

export type ExportColumn<Row> = {
  readonly header: string
  readonly value: (row: Row) => ExportValue
}

/**
 * One CSV field (RFC 4180), with the formula-injection guard of OWASP: text that a spreadsheet would run gets a
 * leading apostrophe. Numbers are left alone, so that -1 stays a number.
 */
export function csvField(value: ExportValue): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  const text = String(value)
  const guarded = /^[\s\u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n;\t]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}

/** Rows as CSV with a header line and CRLF line ends (RFC 4180). */
export function toCsv<Row>(columns: readonly ExportColumn<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map((column) => csvField(column.header))]
  for (const row of rows) lines.push(columns.map((column) => csvField(column.value(row))))
  return `${lines.map((fields) => fields.join(',')).join('\r\n')}\r\n`
}

/** Rows as a JSON array of objects keyed by column header; missing values are null. */
export function toJson<Row>(columns: readonly ExportColumn<Row>[], rows: readonly Row[]): string {
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map((column) => [column.header, column.value(row) ?? null])),
  )
  return JSON.stringify(objects, null, 2)
}

/** Hands a text to the browser as a file to save. */
export function saveText(name: string, text: string, type: 'text/csv' | 'application/json' | 'text/plain'): void {
  saveBlob(name, new Blob([text], { type: `${type};charset=utf-8` }))
}

/** Hands bytes to the browser as a file to save. */
export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob)
  const anchor = document.createElement('a')
  anchor.href = address
  anchor.download = name
  anchor.click()
  // Chromium reads the blob after the click returns.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
