import type { AlertRow, AlertState, Severity } from '#preload/observability/alerts.ts'
import type { ObservedAlert } from '../engine.ts'

type Labels = Readonly<Record<string, string>>

/** What people added to an alert. It lives in the workspace; the inbox only shows it. */
export type Overlay = {
  readonly id: string
  readonly acknowledgement: {
    readonly by: string
    readonly at: string
    readonly comment: string
    /** Start of the occurrence it was given for; the next occurrence is not acknowledged. */
    readonly since: number
  } | null
  readonly assignee: string | null
  readonly notes: number
}

/** What one source last said of an alert. */
export type Sighting = ObservedAlert & { readonly sourceId: string; readonly seenAt: number }

/** An alert merged over its sources. */
export type InboxAlert = {
  readonly id: string
  readonly environment: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly name: string
  readonly severity: Severity
  readonly state: AlertState
  /** Start of the present occurrence, as the sources tell it. */
  readonly since: number
  readonly endedAt: number | null
  readonly sightings: readonly Sighting[]
  readonly overlay: Overlay | null
  /** Lower-case text that a search looks in. */
  readonly haystack: string
}

const openOrder: readonly ObservedAlert['state'][] = ['firing', 'pending', 'silenced', 'inhibited']

/**
 * The state over all sources: an alert is silenced only when every source that has it silences it, because the one
 * that does not still notifies. An acknowledgement shows only on what would otherwise ask for attention.
 */
export function stateOf(sightings: readonly Sighting[], overlay: Overlay | null, since: number): AlertState {
  const open = openOrder.find((state) => sightings.some((sighting) => sighting.state === state))
  if (!open) return 'resolved'
  const asksForAttention = open === 'firing' || open === 'pending'
  return asksForAttention && isAcknowledged(overlay, since) ? 'acknowledged' : open
}

export const isAcknowledged = (overlay: Overlay | null, since: number): boolean =>
  overlay?.acknowledgement != null && overlay.acknowledgement.since >= since

const searchable = 4_000

export const haystackOf = (labels: Labels, annotations: Labels): string =>
  [...Object.entries(labels), ...Object.entries(annotations)]
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
    .slice(0, searchable)
    .toLowerCase()

const shownValue = 200
const shownSummary = 300

const shorten = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text)

const shortenLabels = (labels: Labels): Record<string, string> =>
  Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [shorten(name, shownValue), shorten(value, shownValue)]),
  )

export const summaryOf = (annotations: Labels): string =>
  annotations.summary ?? annotations.message ?? annotations.description ?? ''

type SourceName = { readonly id: string; readonly name: string; readonly kind: AlertRow['sources'][number]['kind'] }

/** The alert as a list shows it, with long texts shortened. */
export function toRow(alert: InboxAlert, source: (id: string) => SourceName): AlertRow {
  const { overlay } = alert
  const acknowledgement = isAcknowledged(overlay, alert.since) ? (overlay?.acknowledgement ?? null) : null
  return {
    id: alert.id,
    name: shorten(alert.name, shownValue),
    severity: alert.severity,
    state: alert.state,
    since: new Date(alert.since).toISOString(),
    endedAt: alert.endedAt === null ? null : new Date(alert.endedAt).toISOString(),
    summary: shorten(summaryOf(alert.annotations), shownSummary),
    labels: shortenLabels(alert.labels),
    environment: alert.environment,
    sources: alert.sightings.map((sighting) => source(sighting.sourceId)),
    acknowledgement: acknowledgement && {
      by: acknowledgement.by,
      at: acknowledgement.at,
      comment: acknowledgement.comment,
    },
    assignee: overlay?.assignee ?? null,
    notes: overlay?.notes ?? 0,
  }
}
