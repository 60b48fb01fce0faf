import { useLocation, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { type AuditFilter, auditOutcome } from '#preload/security/audit.ts'
import { useResolvedRange, useScope } from '#renderer/app/scope.ts'
import { isRelative } from '#renderer/app/time-range.ts'

/** What of the screen is in its address. `time=range` narrows to the time range of the top bar. */
export type AuditSearch = {
  readonly text?: string | undefined
  readonly actor?: string | undefined
  readonly operation?: string | undefined
  readonly outcome?: AuditFilter['outcome']
  readonly target?: string | undefined
  readonly correlation?: string | undefined
  readonly time?: 'range' | undefined
  /** The sequence of the entry whose detail is open. */
  readonly open?: number | undefined
}

/** The router reads `42` as a number; a filter is always text. */
const textOf = (value: unknown): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' ? text.slice(0, 1_000) : undefined
}

export function auditSearchOf(search: Readonly<Record<string, unknown>>): AuditSearch {
  const open = Number(search.open)
  return {
    text: textOf(search.text),
    actor: textOf(search.actor),
    operation: textOf(search.operation),
    outcome: auditOutcome.safeParse(search.outcome).data,
    target: textOf(search.target),
    correlation: textOf(search.correlation),
    time: search.time === 'range' ? 'range' : undefined,
    open: Number.isSafeInteger(open) && open > 0 ? open : undefined,
  }
}

const nothing: Readonly<Record<keyof AuditSearch, undefined>> = {
  text: undefined,
  actor: undefined,
  operation: undefined,
  outcome: undefined,
  target: undefined,
  correlation: undefined,
  time: undefined,
  open: undefined,
}

export function useAuditSearch() {
  const navigate = useNavigate()
  const location = useLocation({ select: ({ search }) => search as Readonly<Record<string, unknown>> })
  const put = (change: AuditSearch, replace: boolean) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never, replace })
  }
  return {
    search: auditSearchOf(location),
    /** Changes the filter; the open entry stays open. */
    narrow: (change: AuditSearch) => put(change, true),
    clear: () => put(nothing, false),
    show: (open: number) => put({ open }, false),
    close: () => put({ open: undefined }, false),
  }
}

export const isFiltered = ({ open, ...filter }: AuditSearch): boolean =>
  Object.values(filter).some((value) => value !== undefined)

/** The filter of the contract; stable while nothing of it changes. */
export function useAuditFilter(search: AuditSearch): AuditFilter {
  const { text, actor, operation, outcome, target, correlation, time } = search
  const range = useResolvedRange(60)
  const relative = useScope((scope) => isRelative(scope.range) && scope.pausedAt === null)
  const from = time === 'range' ? new Date(range.from).toISOString() : undefined
  // While time goes on the range has no end, so that what is appended now is seen now.
  const to = time === 'range' && !relative ? new Date(range.to).toISOString() : undefined
  return useMemo(
    () => ({ text, actor, operation, outcome, target, correlationId: correlation, from, to }),
    [text, actor, operation, outcome, target, correlation, from, to],
  )
}

/** A link to one entry and what was done with it, for somebody who has the application. */
export function linkToEntry(sequence: number, correlationId: string): string {
  const parameters = new URLSearchParams({ open: String(sequence), correlation: correlationId })
  return `framework0://audit?${parameters}`
}
