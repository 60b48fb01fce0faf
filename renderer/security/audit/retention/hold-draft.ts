import { z } from 'zod'
import type { AuditFilter } from '#preload/security/audit.ts'
import { parseInstant } from '#renderer/app/time-range.ts'
import { formatTimestamp } from '#renderer/ui/format.ts'

/** Epoch milliseconds; null for what is no moment. A hold stands still, so `now-7d` is none. */
const momentOf = (text: string): number | null => (text.trim().startsWith('now') ? null : parseInstant(text, 0))

const moment = z
  .string()
  .refine((text) => text.trim() === '' || momentOf(text) !== null, 'Write it as 2026-01-31 14:00.')

/** The form of a hold: its name, why, and what it keeps; empty fields do not narrow. */
const fields = z.object({
  name: z.string().trim().min(1, 'Name it.').max(80),
  reason: z.string().trim().min(1, 'Say why.').max(1_000),
  actor: z.string(),
  operation: z.string(),
  target: z.string(),
  environment: z.string(),
  correlationId: z.string(),
  text: z.string().max(1_000),
  from: moment,
  to: moment,
})
export type HoldDraft = z.input<typeof fields>
export type HoldInput = { readonly name: string; readonly reason: string; readonly filter: AuditFilter }

const given = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())

function instantOf(text: string): string | undefined {
  const epoch = momentOf(text)
  return epoch === null ? undefined : new Date(epoch).toISOString()
}

/** The filter as it is typed; a time that cannot be read does not narrow. */
export const filterOfDraft = (draft: Omit<HoldDraft, 'name' | 'reason'>): AuditFilter => ({
  actor: given(draft.actor),
  operation: given(draft.operation),
  target: given(draft.target),
  environment: given(draft.environment),
  correlationId: given(draft.correlationId),
  text: given(draft.text),
  from: instantOf(draft.from),
  to: instantOf(draft.to),
})

export const holdSchema = fields
  .superRefine(({ from, to }, context) => {
    const [begin, end] = [instantOf(from), instantOf(to)]
    if (begin !== undefined && end !== undefined && begin >= end)
      context.addIssue({ code: 'custom', path: ['to'], message: 'It ends before it begins.' })
  })
  .transform(({ name: called, reason: why, ...draft }): HoldInput => {
    const filter = JSON.parse(JSON.stringify(filterOfDraft(draft))) as AuditFilter
    return { name: called, reason: why, filter }
  })

const written = (at: string | undefined): string => (at === undefined ? '' : formatTimestamp(Date.parse(at)))

/** What the form starts with, from a filter of the log. */
export const holdDraftOf = (filter: AuditFilter): HoldDraft => ({
  name: '',
  reason: '',
  actor: filter.actor ?? '',
  operation: filter.operation ?? '',
  target: filter.target ?? '',
  environment: filter.environment ?? '',
  correlationId: filter.correlationId ?? '',
  text: filter.text ?? '',
  from: written(filter.from),
  to: written(filter.to),
})
