import { useLocation, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { z } from 'zod'
import type { SavedView } from '#preload/lifecycle/operations.ts'
import {
  type AlertFilter,
  type AlertSort,
  alertId,
  alertSort,
  alertState,
  type InboxView,
  severity,
} from '#preload/observability/alerts.ts'

/** The router reads `q=12` as a number, and `states=firing` as one word. */
const text = (most: number) =>
  z.preprocess((value) => (typeof value === 'object' ? undefined : String(value)), z.string().max(most))
const list = <Item extends z.ZodType>(item: Item, most: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').filter(Boolean) : value),
    z.array(item).max(most),
  )

const fields = {
  matchers: text(20_000),
  search: text(1_000),
  states: list(alertState, 6),
  severities: list(severity, 5),
  environments: list(z.string(), 50),
  assignee: text(200),
  groupBy: list(z.string(), 8),
  sort: alertSort,
  alert: alertId,
}

/** The whole view of the inbox as its address carries it. What is missing is the default. */
export type AlertSearch = { readonly [K in keyof typeof fields]?: z.output<(typeof fields)[K]> | undefined }

export const defaultStates: AlertFilter['states'] = ['firing', 'pending', 'acknowledged']
export const defaultSort: AlertSort = { by: 'severity', direction: 'descending' }

const isEmpty = (value: unknown): boolean => value === '' || (Array.isArray(value) && value.length === 0)

/** Any search parameters as a view; a parameter that cannot be read counts as missing. Never throws. */
export function alertSearchOf(search: Readonly<Record<string, unknown>>): AlertSearch {
  const read = Object.entries(fields).flatMap(([name, schema]) => {
    if (search[name] === undefined) return []
    const parsed = schema.safeParse(search[name])
    const kept = parsed.success && (name === 'states' || !isEmpty(parsed.data))
    return kept ? [[name, parsed.data] as const] : []
  })
  return Object.fromEntries(read)
}

/** The filter of a view. The environment of the shell, when there is one, wins over those of the address. */
export const filterOf = (search: AlertSearch, environment: string | null): AlertFilter => ({
  matchers: search.matchers ?? '',
  search: search.search ?? '',
  states: search.states ?? defaultStates,
  severities: search.severities ?? [],
  environments: environment === null ? (search.environments ?? []) : [environment],
  assignee: search.assignee ?? null,
})

export const viewOf = (search: AlertSearch, environment: string | null, collapsed: readonly string[]): InboxView => ({
  ...filterOf(search, environment),
  groupBy: search.groupBy ?? [],
  collapsed: [...collapsed],
  sort: search.sort ?? defaultSort,
})

/** Everything that narrows the list, set back; grouping and sorting stay. */
export const noFilter: AlertSearch = {
  matchers: undefined,
  search: undefined,
  states: undefined,
  severities: undefined,
  environments: undefined,
  assignee: undefined,
}

/** Every parameter of the screen as missing: what a saved view is laid over. */
const blank: AlertSearch = { ...noFilter, groupBy: undefined, sort: undefined, alert: undefined }

export const isFiltered = (search: AlertSearch): boolean =>
  (Object.keys(noFilter) as (keyof AlertSearch)[]).some((name) => search[name] !== undefined)

/** What a saved view keeps: all but the opened alert. */
export function savedSearchOf({ alert: _, ...search }: AlertSearch): SavedView['search'] {
  return JSON.parse(JSON.stringify(search))
}

/** A link that opens this view: on the desktop one of our own, so that it works on a colleague's machine. */
export function linkTo(location: Pick<Location, 'href' | 'search'>, desktop: boolean): string {
  return desktop ? `framework0://alerts${location.search}` : location.href
}

/** The view in the address, and how to change it. */
export function useAlertSearch() {
  const navigate = useNavigate()
  const location = useLocation({ select: (at) => at.search as Readonly<Record<string, unknown>> })
  const search = useMemo(() => alertSearchOf(location), [location])
  const put = (change: AlertSearch, replace = true) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never, replace })
  }
  return {
    search,
    put,
    open: (id: string) => put({ alert: id }, search.alert !== undefined),
    close: () => put({ alert: undefined }),
    /** Replaces the view; the scope of the shell stays. */
    apply: (saved: Readonly<Record<string, unknown>>) => put({ ...blank, ...alertSearchOf(saved) }, false),
  }
}

export type AlertSearchHandle = ReturnType<typeof useAlertSearch>
