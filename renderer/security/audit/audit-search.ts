import { useLocation, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { SavedView } from '#preload/lifecycle/operations.ts'
import { type AuditFilter, auditOutcome } from '#preload/security/audit.ts'
import { useResolvedRange, useScope } from '#renderer/app/scope.ts'
import { isRelative, type ResolvedRange, resolveRange, type TimeRange } from '#renderer/app/time-range.ts'

/** What of the screen is in its address. `time=range` narrows to the time range of the top bar. */
export type AuditSearch = {
  readonly text?: string | undefined
  readonly actor?: string | undefined
  readonly operation?: string | undefined
  readonly environment?: string | undefined
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
    environment: textOf(search.environment),
    outcome: auditOutcome.safeParse(search.outcome).data,
    target: textOf(search.target),
    correlation: textOf(search.correlation),
    time: search.time === 'range' ? 'range' : undefined,
    open: Number.isSafeInteger(open) && open > 0 ? open : undefined,
  }
}

/** Every parameter as missing: what another filter is laid over. */
export const nothing: Readonly<Record<keyof AuditSearch, undefined>> = {
  text: undefined,
  actor: undefined,
  operation: undefined,
  environment: undefined,
  outcome: undefined,
  target: undefined,
  correlation: undefined,
  time: undefined,
  open: undefined,
}

/** What a saved question keeps: all but the open entry. */
export const questionOf = ({ open: _, ...search }: AuditSearch): SavedView['search'] =>
  JSON.parse(JSON.stringify(search))

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
    /** Replaces the filter by a saved one; the scope of the shell stays. */
    apply: (saved: Readonly<Record<string, unknown>>) => put({ ...nothing, ...auditSearchOf(saved) }, false),
    show: (open: number) => put({ open }, false),
    close: () => put({ open: undefined }, false),
  }
}

export const isFiltered = ({ open, ...filter }: AuditSearch): boolean =>
  Object.values(filter).some((value) => value !== undefined)

/** What the frame around the screen says of time and place. `moving`: the range ends now, and now goes on. */
export type AuditScope = {
  readonly environment: string | null
  readonly range: ResolvedRange
  readonly moving: boolean
  readonly pausedAt: number | null
}

const instantOf = (epoch: number): string => new Date(epoch).toISOString()

/** While time goes on the filter has no end, so that what is appended now is seen now; paused, it ends at the pause. */
function endOf(time: AuditSearch['time'], { range, moving, pausedAt }: AuditScope): string | undefined {
  if (time === 'range' && !moving) return instantOf(range.to)
  return pausedAt === null ? undefined : instantOf(pausedAt)
}

/** The filter of the contract. The environment of the shell, when there is one, wins over that of the address. */
export function filterOf(search: AuditSearch, scope: AuditScope): AuditFilter {
  const { text, actor, operation, outcome, target, correlation, environment, time } = search
  return {
    text,
    actor,
    operation,
    outcome,
    target,
    correlationId: correlation,
    environment: scope.environment ?? environment,
    from: time === 'range' ? instantOf(scope.range.from) : undefined,
    to: endOf(time, scope),
  }
}

/**
 * How far the beginning of a range that moves with time jumps, in seconds. Each new beginning is a new reading of the log,
 * which is itself logged; so it jumps rarely, and never by more than a sixth of the range.
 */
function stepOf(written: TimeRange): number {
  const { from, to } = resolveRange(written, Date.now()) ?? { from: 0, to: 0 }
  return Math.min(600, Math.max(60, Math.floor((to - from) / 6_000)))
}

/** The same, of the present scope; stable while nothing of it changes. */
export function useAuditFilter(search: AuditSearch): AuditFilter {
  const { environment, pausedAt, range: written } = useScope()
  const range = useResolvedRange(stepOf(written))
  const moving = isRelative(written) && pausedAt === null
  const key = JSON.stringify(filterOf(search, { environment, range, moving, pausedAt }))
  return useMemo(() => JSON.parse(key) as AuditFilter, [key])
}

/** A link to one entry and what was done with it, for somebody who has the application. */
export function linkToEntry(sequence: number, correlationId: string): string {
  const parameters = new URLSearchParams({ open: String(sequence), correlation: correlationId })
  return `framework0://audit?${parameters}`
}
