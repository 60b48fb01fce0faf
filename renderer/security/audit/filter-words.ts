import type { AuditFilter } from '#preload/security/audit.ts'
import { formatTimestamp, plural } from '#renderer/ui/format.ts'

const moment = (at: string): string => formatTimestamp(Date.parse(at)).slice(0, 16)

/** A filter as one phrase: `everything`, or `by Ada, alerts.note, failed, since 2026-11-25 10:00`. */
export function filterWords(filter: AuditFilter, nameOf: (actor: string) => string): string {
  const { actor, operation, target, environment, outcome, correlationId, text, from, to } = filter
  const parts = [
    actor && `by ${nameOf(actor)}`,
    operation,
    target && `on ${target}`,
    environment && `in ${environment}`,
    outcome,
    correlationId && `of correlation ${correlationId}`,
    text && `with “${text}”`,
    from && `since ${moment(from)}`,
    to && `until ${moment(to)}`,
  ].filter(Boolean)
  return parts.length === 0 ? 'everything' : parts.join(', ')
}

/** As many as are counted before counting stops. */
export type Count = { readonly total: number; readonly exact: boolean }

/** `12 entries`, or `more than 10 000 entries` where counting stopped. */
export const countWords = ({ total, exact }: Count): string =>
  exact ? plural(total, 'entry', 'entries') : `more than ${plural(total, 'entry', 'entries')}`
