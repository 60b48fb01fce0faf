import type { Content, TableCell, TDocumentDefinitions } from 'pdfmake/interfaces.js'
import { iso } from '#main/kernel/clock.ts'
import type { AuditEntry, AuditFilter } from '#preload/security/audit.ts'
import { visible, visibleJson } from './visible.ts'

/** Characters of one cell; the attachment has all. */
const cellLimit = 400
const ink = '#1f2430'
const faint = '#667085'

/** What the first page says. */
export type Report = { readonly filter: AuditFilter; readonly by: string; readonly at: number }

/** The report: what was asked for, the table, and the signed statement on a page of its own. Text is only ever drawn. */
export function document(material: Report, entries: readonly AuditEntry[], note: string): TDocumentDefinitions {
  return {
    pageSize: 'A4',
    pageOrientation: 'landscape',
    pageMargins: [32, 44, 32, 40],
    info: { title: 'Audit report', creator: 'Framework0 Operations Center', creationDate: new Date(material.at) },
    defaultStyle: { font: 'Roboto', fontSize: 7, color: ink },
    styles: { title: { fontSize: 16, bold: true }, heading: { bold: true }, faint: { color: faint } },
    header: { text: `Audit report · ${iso(material.at)}`, style: 'faint', margin: [32, 20, 32, 0] },
    footer: (page: number, pages: number): Content => ({
      text: `page ${page} of ${pages}`,
      style: 'faint',
      alignment: 'right',
      margin: [32, 12, 32, 0],
    }),
    content: [...summary(material, entries), table(entries), ...signed(note)],
  }
}

function summary({ filter, by, at }: Report, entries: readonly AuditEntry[]): Content[] {
  const count = (outcome: AuditEntry['outcome']) => entries.filter((entry) => entry.outcome === outcome).length
  return [
    { text: 'Audit report', style: 'title', margin: [0, 0, 0, 6] },
    { text: `Exported at ${iso(at)} by ${visible(by)}` },
    { text: `Filter: ${describeFilter(filter)}` },
    {
      text: [
        `${entries.length} entries`,
        `${count('succeeded')} succeeded`,
        `${count('failed')} failed`,
        `${count('forbidden')} forbidden`,
        `${count('interrupted')} interrupted`,
      ].join(' · '),
      margin: [0, 0, 0, 8],
    },
  ]
}

function describeFilter(filter: AuditFilter): string {
  const parts = Object.entries(filter).filter(([, value]) => value !== undefined && value !== '')
  return parts.length === 0
    ? 'every entry'
    : parts.map(([name, value]) => `${name} = ${visible(String(value))}`).join(', ')
}

const widths = [30, 84, 70, 92, 54, '*', 46, '*']
const titles = ['#', 'Time (UTC)', 'Actor', 'Operation', 'Environments', 'Targets', 'Outcome', 'Change, error']

const table = (entries: readonly AuditEntry[]): Content => ({
  layout: 'lightHorizontalLines',
  table: {
    headerRows: 1,
    widths,
    dontBreakRows: true,
    body: [titles.map((text): TableCell => ({ text, style: 'heading' })), ...entries.map(rowOf)],
  },
})

function rowOf(entry: AuditEntry): TableCell[] {
  const who = [entry.actor ?? entry.subject, entry.via, entry.source].filter((part) => part !== null).join(' · ')
  const rest = [who, entry.operation, entry.environments.join('; '), entry.targets.join('; '), entry.outcome]
  return [
    String(entry.sequence),
    { text: entry.at, noWrap: true },
    ...[...rest, detailOf(entry)].map((text) => ({ text: shortened(visible(text)) })),
  ]
}

function detailOf({ pruned, error, before, after }: AuditEntry): string {
  if (pruned) return 'Content removed by retention; the leaf hash stays.'
  if (error !== null) return `${error.code}: ${error.message}`
  if (before === null && after === null) return ''
  return before === null ? visibleJson(after) : `${visibleJson(before)} → ${visibleJson(after)}`
}

const shortened = (text: string): string =>
  breakable(text.length > cellLimit ? `${text.slice(0, cellLimit)}… (see entries.jsonl)`.toWellFormed() : text)

/** A word longer than its column would be drawn over its neighbour. */
const breakable = (text: string): string => text.replace(/\S{14}(?=\S)/g, '$&\u200b')

const signed = (note: string): Content[] => [
  { text: 'Signed statement', style: 'title', pageBreak: 'before', margin: [0, 0, 0, 6] },
  {
    text: 'The signature covers the file entries.jsonl inside this PDF, not the look of its pages. To check it, take the attachments out (pdfdetach -saveall), compare the SHA-256 of entries.jsonl with the line below, and check statement.note with the public key of the log.',
    margin: [0, 0, 0, 8],
  },
  { text: note, preserveLeadingSpaces: true, fontSize: 8 },
]
