import { hash } from 'node:crypto'
import type { ObservedAlert } from '../engine.ts'
import { severityOf } from '../severity.ts'
import { haystackOf, type InboxAlert, type Overlay, type Sighting, stateOf } from './alert.ts'
import type { StoredAlert, Transition } from './history.ts'
import type { SilenceSpec } from './local-silences.ts'
import { silencedLocally } from './local-silences.ts'

export type InboxSource = {
  readonly id: string
  readonly environment: string
  /** Whether silences of this workspace apply to it: a source without silences of its own. */
  readonly silencedHere: boolean
}

export type Change = {
  readonly stored: readonly StoredAlert[]
  readonly transitions: readonly Transition[]
  readonly newCritical: readonly InboxAlert[]
  readonly resolved: readonly string[]
}

/** The same label set in two environments is two alerts; over sources of one environment it is one. */
export const alertIdOf = (environment: string, fingerprint: string): string => `${environment}.${fingerprint}`

/**
 * The merged alerts of all sources, in memory. Each method answers what changed, so that the caller can store and
 * announce exactly that. Times are milliseconds.
 */
export function createInbox() {
  const alerts = new Map<string, InboxAlert>()
  const overlays = new Map<string, Overlay>()
  /** What each source last said, by alert, as a digest: an unchanged alert costs one comparison. */
  const digests = new Map<string, Map<string, string>>()
  let silences: readonly SilenceSpec[] = []

  const merge = (id: string, environment: string, sightings: readonly Sighting[], now: number): InboxAlert | null => {
    const before = alerts.get(id)
    const [first] = sightings
    if (!first) return before ? { ...before, state: 'resolved', endedAt: before.endedAt ?? now } : null
    const reopened = !before || before.state === 'resolved'
    const earliest = Math.min(...sightings.map((sighting) => sighting.startsAt))
    const since = reopened || startedAnew(before, earliest) ? earliest : before.since
    const overlay = overlays.get(id) ?? null
    return {
      id,
      environment,
      labels: first.labels,
      annotations: first.annotations,
      name: first.labels.alertname ?? '(unnamed)',
      severity: severityOf(first.labels),
      state: stateOf(sightings, overlay, since),
      since,
      endedAt: null,
      sightings,
      overlay,
      haystack: haystackOf(first.labels, first.annotations),
    }
  }

  /** Puts merged alerts in place and works out what that changed. */
  const replace = (ids: Iterable<string>, now: number, next: (id: string) => InboxAlert | null): Change => {
    const change = {
      stored: [] as StoredAlert[],
      transitions: [] as Transition[],
      newCritical: [] as InboxAlert[],
      resolved: [] as string[],
    }
    for (const id of ids) {
      const before = alerts.get(id)
      const after = next(id)
      if (!after) continue
      alerts.set(id, after)
      change.stored.push(toStored(after, now))
      const changedState = before?.state !== after.state || before.since !== after.since
      if (!changedState) continue
      if (after.state !== before?.state)
        change.transitions.push({ id, at: transitionTime(before, after, now), state: after.state })
      if (after.state === 'resolved') change.resolved.push(id)
      else if (isNewCritical(before, after)) change.newCritical.push(after)
    }
    return change
  }

  return {
    all: (): IterableIterator<InboxAlert> => alerts.values(),
    get: (id: string): InboxAlert | undefined => alerts.get(id),
    size: (): number => alerts.size,
    /** The sources that open alerts were seen at. */
    sourceIds: (): ReadonlySet<string> =>
      new Set(
        [...alerts.values()]
          .filter(({ state }) => state !== 'resolved')
          .flatMap(({ sightings }) => sightings.map(({ sourceId }) => sourceId)),
      ),

    /** Takes what was stored by an earlier run; the first observation then continues from it. */
    restore(stored: readonly StoredAlert[]): void {
      for (const alert of stored) {
        const merged = merge(alert.id, alert.environment, alert.sightings, alert.lastSeenAt)
        if (merged) alerts.set(alert.id, { ...merged, state: alert.state, since: alert.since, endedAt: alert.endedAt })
      }
    },

    /** Takes everything a source says now; what it no longer says has ended there. */
    observe(source: InboxSource, observed: readonly ObservedAlert[], now: number): Change {
      const known = digests.get(source.id) ?? new Map<string, string>()
      const current = new Map<string, string>()
      const fresh = new Map<string, Sighting>()
      for (const alert of observed) {
        const id = alertIdOf(source.environment, alert.fingerprint)
        const state = source.silencedHere ? silencedLocally(silences, alert, now) : null
        const sighting: Sighting = { ...alert, ...state, sourceId: source.id, seenAt: now }
        const digest = digestOf(sighting)
        current.set(id, digest)
        if (known.get(id) !== digest || !alerts.has(id)) fresh.set(id, sighting)
      }
      const gone = goneFrom(alerts, source.id, current)
      digests.set(source.id, current)
      return replace([...fresh.keys(), ...gone], now, (id) => {
        const others = othersThan(alerts.get(id), source.id)
        const sighting = fresh.get(id)
        const sightings = sighting ? [...others, sighting].sort((a, b) => (a.sourceId < b.sourceId ? -1 : 1)) : others
        return merge(id, source.environment, sightings, now)
      })
    },

    /** A source that was removed says nothing any more. */
    drop(sourceId: string, now: number): Change {
      digests.delete(sourceId)
      return replace(goneFrom(alerts, sourceId, new Map()), now, (id) => {
        const alert = alerts.get(id)
        return alert ? merge(id, alert.environment, othersThan(alert, sourceId), now) : null
      })
    },

    /** Takes what people added. */
    overlay(changes: readonly Overlay[], now: number): Change {
      for (const overlay of changes) overlays.set(overlay.id, overlay)
      return replace(
        changes.map((overlay) => overlay.id),
        now,
        (id) => {
          const alert = alerts.get(id)
          if (!alert) return null
          const overlay = overlays.get(id) ?? null
          return {
            ...alert,
            overlay,
            state: alert.state === 'resolved' ? 'resolved' : stateOf(alert.sightings, overlay, alert.since),
          }
        },
      )
    },

    /** Silences of this workspace; they take effect with the next observation of each source. */
    setLocalSilences(next: readonly SilenceSpec[]): void {
      silences = next
    },

    /** Forgets alerts that ended before a moment. */
    expire(endedBefore: number): boolean {
      let changed = false
      for (const alert of alerts.values())
        if (alert.endedAt !== null && alert.endedAt < endedBefore) {
          alerts.delete(alert.id)
          changed = true
        }
      return changed
    },
  }
}

export type Inbox = ReturnType<typeof createInbox>

/**
 * An open alert whose sources all say it began after we last saw it has ended and begun again while nobody looked
 * (the application was closed, or between two polls).
 */
const startedAnew = (before: InboxAlert, earliest: number): boolean =>
  before.sightings.length > 0 && earliest > Math.max(...before.sightings.map((sighting) => sighting.startsAt))

function digestOf(sighting: Sighting): string {
  const { seenAt: _, ...content } = sighting
  return hash('sha1', JSON.stringify(content), 'base64')
}

const othersThan = (alert: InboxAlert | undefined, sourceId: string): readonly Sighting[] =>
  alert && alert.state !== 'resolved' ? alert.sightings.filter((sighting) => sighting.sourceId !== sourceId) : []

function goneFrom(
  alerts: ReadonlyMap<string, InboxAlert>,
  sourceId: string,
  current: ReadonlyMap<string, unknown>,
): string[] {
  const gone: string[] = []
  for (const alert of alerts.values()) {
    if (alert.state === 'resolved' || current.has(alert.id)) continue
    if (alert.sightings.some((sighting) => sighting.sourceId === sourceId)) gone.push(alert.id)
  }
  return gone
}

/** A first sighting began when the source says; every later change happened when we saw it. */
function transitionTime(before: InboxAlert | undefined, after: InboxAlert, now: number): number {
  const begins = !before || before.state === 'resolved' || before.since !== after.since
  return begins && after.state !== 'resolved' ? Math.min(after.since, now) : now
}

const notifying = (alert: InboxAlert | undefined): boolean => alert?.state === 'firing'

const isNewCritical = (before: InboxAlert | undefined, after: InboxAlert): boolean =>
  after.severity === 'critical' &&
  notifying(after) &&
  (!notifying(before) || before?.since !== after.since) &&
  before?.state !== 'acknowledged'

const toStored = (alert: InboxAlert, now: number): StoredAlert => ({
  id: alert.id,
  environment: alert.environment,
  state: alert.state,
  since: alert.since,
  endedAt: alert.endedAt,
  lastSeenAt: now,
  sightings: alert.sightings,
})
