import type { AuditEntry } from '#preload/security/audit.ts'
import { visible, visibleJson } from './visible.ts'

/** A column of a table of entries. Their order is part of the format: a new one is added at the end. */
export type Column = {
  readonly title: string
  /** Characters, as spreadsheets count the width of a column. */
  readonly width: number
  readonly kind: 'number' | 'instant' | 'text'
  readonly text: (entry: AuditEntry) => string
}

const text = (title: string, width: number, of: (entry: AuditEntry) => string | null): Column => ({
  title,
  width,
  kind: 'text',
  text: (entry) => visible(of(entry) ?? ''),
})
const list = (title: string, width: number, of: (entry: AuditEntry) => readonly string[]): Column =>
  text(title, width, (entry) => of(entry).join('; '))
const json = (title: string, of: (entry: AuditEntry) => AuditEntry['before']): Column => ({
  title,
  width: 40,
  kind: 'text',
  text: (entry) => (of(entry) === null ? '' : visibleJson(of(entry))),
})

export const columns: readonly Column[] = [
  { title: 'Sequence', width: 10, kind: 'number', text: (entry) => String(entry.sequence) },
  { title: 'Time (UTC)', width: 22, kind: 'instant', text: (entry) => entry.at },
  text('Actor', 22, (entry) => entry.actor),
  text('Subject', 20, (entry) => entry.subject),
  text('Via', 12, (entry) => entry.via),
  text('Source', 18, (entry) => entry.source),
  text('Session', 18, (entry) => entry.session),
  text('Operation', 26, (entry) => entry.operation),
  list('Environments', 16, (entry) => entry.environments),
  list('Targets', 30, (entry) => entry.targets),
  text('Outcome', 12, (entry) => entry.outcome),
  text('Error', 30, (entry) => (entry.error === null ? null : `${entry.error.code}: ${entry.error.message}`)),
  text('Correlation', 22, (entry) => entry.correlationId),
  list('Policies', 20, (entry) => entry.policies),
  text('Approval', 20, (entry) => entry.approval),
  json('Before', (entry) => entry.before),
  json('After', (entry) => entry.after),
  text('Leaf hash', 40, (entry) => entry.leafHash),
  text('Pruned', 8, (entry) => (entry.pruned ? 'yes' : 'no')),
]

/** What a spreadsheet would take for a formula, in either width (OWASP, CSV injection). */
export const looksLikeFormula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/
