import { compileMatchers, readMatchers } from '#main/engines/prometheus/label-matchers.ts'
import type { AlertFilter, AlertState, InboxRow, InboxView, Severity } from '#preload/observability/alerts.ts'
import { alertStates, severities } from '#preload/observability/alerts.ts'
import type { InboxAlert } from './alert.ts'

/** What a list is made of: alerts and group headers, before they are projected for the screen. */
export type ViewRow = { readonly kind: 'alert'; readonly alert: InboxAlert } | Extract<InboxRow, { kind: 'group' }>

export type ViewResult = {
  readonly rows: readonly ViewRow[]
  readonly alerts: readonly InboxAlert[]
  readonly bySeverity: Record<Severity, number>
  readonly byState: Record<AlertState, number>
}

const severityRank = new Map(severities.map((severity, index) => [severity, severities.length - index]))
const stateRank = new Map(alertStates.map((state, index) => [state, alertStates.length - index]))

/** Filters, sorts and groups the inbox. Pure; bad matchers throw AppError `invalid` with the place of the fault. */
export function applyView(alerts: Iterable<InboxAlert>, view: InboxView): ViewResult {
  const { passing, byState } = select(alerts, view)
  const sorted = passing.sort(comparator(view.sort))
  return {
    alerts: sorted,
    rows: view.groupBy.length === 0 ? sorted.map((alert) => ({ kind: 'alert', alert })) : group(sorted, view),
    bySeverity: countSeverities(sorted),
    byState,
  }
}

export function select(
  alerts: Iterable<InboxAlert>,
  filter: AlertFilter,
): { passing: InboxAlert[]; byState: Record<AlertState, number> } {
  const passes = compileFilter(filter)
  const states = new Set(filter.states)
  const byState = emptyCounts(alertStates)
  const passing: InboxAlert[] = []
  for (const alert of alerts) {
    if (!passes(alert)) continue
    byState[alert.state]++
    if (states.size === 0 || states.has(alert.state)) passing.push(alert)
  }
  return { passing, byState }
}

/** The filter without its states, as one test. */
function compileFilter(filter: AlertFilter): (alert: InboxAlert) => boolean {
  const matches = compileMatchers(readMatchers(filter.matchers))
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean)
  const severityWanted = new Set(filter.severities)
  const environments = new Set(filter.environments)
  return (alert) =>
    (severityWanted.size === 0 || severityWanted.has(alert.severity)) &&
    (environments.size === 0 || environments.has(alert.environment)) &&
    (filter.assignee === null || alert.overlay?.assignee === filter.assignee) &&
    matches(alert.labels) &&
    words.every((word) => alert.haystack.includes(word))
}

type Compare = (a: InboxAlert, b: InboxAlert) => number

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const primary: Readonly<Record<InboxView['sort']['by'], Compare>> = {
  severity: (a, b) => (severityRank.get(a.severity) ?? 0) - (severityRank.get(b.severity) ?? 0),
  state: (a, b) => (stateRank.get(a.state) ?? 0) - (stateRank.get(b.state) ?? 0),
  since: (a, b) => a.since - b.since,
  name: (a, b) => byText(a.name, b.name),
  environment: (a, b) => byText(a.environment, b.environment),
  assignee: (a, b) => byText(a.overlay?.assignee ?? '', b.overlay?.assignee ?? ''),
}

/** Ties go newest first, then by id, so that rows never swap places between two looks. */
function comparator({ by, direction }: InboxView['sort']): Compare {
  const sign = direction === 'descending' ? -1 : 1
  const compare = primary[by]
  return (a, b) => sign * compare(a, b) || b.since - a.since || byText(a.id, b.id)
}

function group(sorted: readonly InboxAlert[], view: InboxView): ViewRow[] {
  const groups = new Map<string, { labels: Record<string, string>; alerts: InboxAlert[] }>()
  for (const alert of sorted) {
    const labels = Object.fromEntries(view.groupBy.map((name) => [name, alert.labels[name] ?? '']))
    const key = JSON.stringify(Object.values(labels))
    const known = groups.get(key)
    if (known) known.alerts.push(alert)
    else groups.set(key, { labels, alerts: [alert] })
  }
  const collapsed = new Set(view.collapsed)
  return [...groups].flatMap(([key, { labels, alerts }]): ViewRow[] => {
    const isCollapsed = collapsed.has(key)
    const header: ViewRow = {
      kind: 'group',
      key,
      labels,
      count: alerts.length,
      collapsed: isCollapsed,
      bySeverity: countSeverities(alerts),
    }
    return isCollapsed ? [header] : [header, ...alerts.map((alert): ViewRow => ({ kind: 'alert', alert }))]
  })
}

export function countSeverities(alerts: Iterable<InboxAlert>): Record<Severity, number> {
  const counts = emptyCounts(severities)
  for (const alert of alerts) counts[alert.severity]++
  return counts
}

const emptyCounts = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>
