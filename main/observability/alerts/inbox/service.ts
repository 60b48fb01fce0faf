import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type {
  AlertDetail,
  AlertFilter,
  AlertGraph,
  AlertPeriod,
  AlertRow,
  InboxPulse,
  InboxRow,
  InboxView,
  SourceState,
} from '#preload/observability/alerts.ts'
import type { Matcher } from '#preload/observability/matchers.ts'
import type { SilenceTarget } from '#preload/observability/silences.ts'
import type { AlertEngine, Observation, ObservedAlert } from '../engine.ts'
import { type InboxAlert, type Overlay, toRow } from './alert.ts'
import { withoutDelivered } from './delivered.ts'
import { expressionOf, graphOf } from './graph.ts'
import type { History } from './history.ts'
import { type Change, createInbox } from './inbox.ts'
import { type SilenceSpec, silenceSpec } from './local-silences.ts'
import { relatedTo } from './related.ts'
import {
  clustersOf,
  countSuppressed,
  coveredBy,
  membersByHealth,
  readSilences,
  type SilenceReading,
  targetsOf,
} from './silences.ts'
import { createSources, type Source } from './sources.ts'
import type { SourceSpec } from './spec.ts'
import { applyView, countSeverities, select } from './view.ts'

const longestWaitForLooksMs = 1_000

export type InboxEvents = {
  readonly pulse: InboxPulse
  /** Their acknowledgements end. */
  readonly resolved: { readonly ids: readonly string[] }
  readonly sources: readonly SourceState[]
}

export type InboxEmit = <K extends keyof InboxEvents>(name: K, payload: InboxEvents[K]) => void

export type LocalSilence = {
  readonly id: string
  readonly matchers: readonly Matcher[]
  readonly startsAt: number
  readonly endsAt: number
}

export type ListResult = {
  revision: number
  total: number
  length: number
  offset: number
  rows: InboxRow[]
  bySeverity: Record<AlertRow['severity'], number>
  byState: Record<AlertRow['state'], number>
}

type Options = {
  readonly history: History
  readonly clock: Clock
  readonly connect: (spec: SourceSpec) => AlertEngine | null
  readonly emit: InboxEmit
  readonly onFault: (error: unknown) => void
}

/** How long a resolved alert stays in the inbox; its history stays longer. */
const resolvedShownMs = 24 * 3600_000
const pulseGatherMs = 50

/** The triage inbox: polls the sources, merges, keeps history, and answers windows of it. Lives in a worker thread. */
export function createInboxService({ history, clock, connect, emit, onFault }: Options) {
  const inbox = createInbox()
  let revision = 0
  let pulseTimer: NodeJS.Timeout | undefined
  let newCritical: InboxAlert[] = []
  let cached: { key: string; result: ReturnType<typeof applyView> } | null = null

  inbox.restore(history.load(clock.now() - resolvedShownMs))

  const announce = (): void => {
    revision++
    cached = null
    pulseTimer ??= setTimeout(pulse, pulseGatherMs)
  }
  const pulse = (): void => {
    pulseTimer = undefined
    const critical = newCritical.map((alert) => toRow(alert, sources.name))
    newCritical = []
    emit('pulse', {
      revision,
      bySeverity: openBySeverity(),
      newCritical: critical.map(({ id, name, summary, environment }) => ({ id, name, summary, environment })),
    })
  }
  const openBySeverity = () => countSeverities([...inbox.all()].filter(({ state }) => state === 'firing'))

  /** What the disk has not taken yet, by alert; every further change tries it again. */
  const unsaved = {
    stored: new Map<string, Change['stored'][number]>(),
    transitions: [] as Change['transitions'][number][],
  }
  const save = ({ stored, transitions }: Change): void => {
    for (const alert of stored) unsaved.stored.set(alert.id, alert)
    unsaved.transitions.push(...transitions)
    if (unsaved.stored.size === 0) return
    history.save([...unsaved.stored.values()], unsaved.transitions)
    unsaved.stored.clear()
    unsaved.transitions = []
  }

  /** Stores a change before anybody hears of it. On a full disk it is told all the same, and the failure thrown. */
  const accept = (change: Change, notify = true): void => {
    try {
      save(change)
    } finally {
      if (notify) newCritical.push(...change.newCritical)
      if (change.resolved.length > 0) emit('resolved', { ids: change.resolved })
      if (change.stored.length > 0) announce()
    }
  }

  const onObservation = async (source: Source, observation: Observation): Promise<void> => {
    const now = clock.now()
    const { spec } = source
    const firstEver = source.memory === null
    source.memory = {
      at: now,
      silences: observation.silences,
      cluster: observation.cluster,
      version: observation.version,
    }
    const alerts = observation.deliversElsewhere ? notDelivered(observation, spec.environment) : observation.alerts
    source.alerts = alerts.length
    // Everything a source says at its very first look is old news, however critical.
    accept(inbox.observe({ ...spec, silencedHere: observation.silences === null }, alerts, now), !firstEver)
    if (inbox.expire(now - resolvedShownMs)) announce()
    history.markWatched(spec.id, spec.environment, now)
    history.remember(spec.id, JSON.stringify(source.memory))
  }

  /** While the Alertmanager answers, its word counts; while it does not, what its last word left out shows as well. */
  const notDelivered = ({ alerts }: Observation, environment: string): readonly ObservedAlert[] => {
    if (hasAlertmanager(environment)) return alerts.filter(({ state }) => state !== 'firing')
    const isDelivered = (alert: InboxAlert): boolean =>
      alert.state !== 'resolved' &&
      alert.environment === environment &&
      alert.sightings.some(({ sourceId }) => sources.name(sourceId).kind === 'alertmanager')
    return withoutDelivered(alerts, [...inbox.all()].filter(isDelivered))
  }

  /** One that is only starting counts too: until it fails, its word is awaited rather than its alerts shown twice. */
  const hasAlertmanager = (environment: string): boolean =>
    sources
      .all()
      .some(
        ({ spec, poller }) =>
          spec.kind === 'alertmanager' &&
          spec.environment === environment &&
          (poller?.state().status === 'live' || poller?.state().status === 'starting'),
      )

  const sources = createSources({
    clock,
    connect,
    recall: (id) => {
      const memory = history.memory(id)
      return memory === null ? null : JSON.parse(memory)
    },
    onObservation,
    onRemoved: (id) => accept(inbox.drop(id, clock.now())),
    onState: () => emit('sources', sources.states()),
  })

  const find = (id: string): InboxAlert => {
    const alert = inbox.get(id) ?? fromHistory(id)
    if (alert) return alert
    throw new AppError('not_found', 'This alert is not known here.', {
      hint: 'It may have been seen by another workspace, or its history has been pruned.',
    })
  }

  /** A long resolved alert, for a link to it. */
  const fromHistory = (id: string): InboxAlert | null => {
    const stored = history.find(id)
    if (!stored) return null
    const past = createInbox()
    past.restore([stored])
    return past.get(id) ?? null
  }

  const viewed = (view: InboxView): ReturnType<typeof applyView> => {
    const { groupBy, collapsed, sort, matchers, search, states, severities: wanted, environments, assignee } = view
    const key = JSON.stringify([groupBy, collapsed, sort, matchers, search, states, wanted, environments, assignee])
    if (cached?.key !== key) cached = { key, result: applyView(inbox.all(), view) }
    return cached.result
  }

  /** An open alert was seen at its source's last answer, even where nothing about it had changed. */
  const lastSeen = (alert: InboxAlert, { sourceId, seenAt }: InboxAlert['sightings'][number]): number =>
    alert.state === 'resolved' ? seenAt : Math.max(seenAt, sources.memoryOf(sourceId)?.at ?? 0)

  const row = (alert: InboxAlert): AlertRow => toRow(alert, sources.name)
  const periodsOf = (id: string, from: number, to: number): AlertPeriod[] => history.periods(id, from, to)

  return {
    async setSources(specs: readonly SourceSpec[]): Promise<void> {
      await sources.set(specs)
      // An earlier run may have been killed between the removal of a connection and the end of its alerts.
      const wanted = new Set(specs.map((spec) => spec.id))
      for (const id of inbox.sourceIds()) if (!wanted.has(id)) accept(inbox.drop(id, clock.now()))
    },

    /** They are safe in the workspace already, so a history that cannot be written is no failure of who acts. */
    setOverlays(overlays: readonly Overlay[]): void {
      try {
        accept(inbox.overlay(overlays, clock.now()))
      } catch (thrown) {
        onFault(thrown)
      }
    },

    async setLocalSilences(silences: readonly LocalSilence[]): Promise<void> {
      inbox.setLocalSilences(silences.map((silence): SilenceSpec => silenceSpec(silence)))
      const affected = sources.all().filter(({ spec }) => spec.kind === 'embedded' || spec.kind === 'prometheus')
      const looks = Promise.all(affected.map(({ poller }) => poller?.look()))
      // A Prometheus that hangs must not keep a silence waiting: its alerts follow when it answers.
      await Promise.race([looks, sleep(longestWaitForLooksMs, undefined, { ref: false })])
    },

    list(view: InboxView & { offset: number; limit: number }): ListResult {
      const { rows, alerts, bySeverity, byState } = viewed(view)
      return {
        revision,
        total: alerts.length,
        length: rows.length,
        offset: view.offset,
        rows: rows
          .slice(view.offset, view.offset + view.limit)
          .map((entry): InboxRow => (entry.kind === 'group' ? entry : { kind: 'alert', alert: row(entry.alert) })),
        bySeverity,
        byState,
      }
    },

    ids: (filter: AlertFilter): string[] => select(inbox.all(), filter).passing.map(({ id }) => id),

    /** The rows of these alerts, in the order asked for; unknown ids are left out. */
    rows: (ids: readonly string[]): AlertRow[] => ids.flatMap((id) => inbox.get(id) ?? []).map(row),

    /** Start of the present occurrence of each alert that is open. */
    occurrences: (ids: readonly string[]): { id: string; since: number }[] =>
      ids.flatMap((id) => {
        const alert = inbox.get(id)
        return alert && alert.state !== 'resolved' ? [{ id, since: alert.since }] : []
      }),

    async get(id: string, signal: AbortSignal): Promise<AlertDetail> {
      const alert = find(id)
      return {
        ...row(alert),
        labels: { ...alert.labels },
        annotations: { ...alert.annotations },
        sources: alert.sightings.map((sighting) => ({
          ...sources.name(sighting.sourceId),
          fingerprint: sighting.fingerprint,
          state: alert.state === 'resolved' ? 'resolved' : sighting.state,
          since: new Date(sighting.startsAt).toISOString(),
          generatorUrl: sighting.generatorUrl,
          receivers: [...sighting.receivers],
          silencedBy: [...sighting.silencedBy],
          inhibitedBy: [...sighting.inhibitedBy],
          lastSeenAt: new Date(lastSeen(alert, sighting)).toISOString(),
        })),
        expression: await expressionOf(alert, sources, signal),
      }
    },

    history({ id, from, to }: { id: string; from: number; to: number }) {
      const periods = periodsOf(id, from, to)
      const environment = find(id).environment
      const since = history.watchedSince(environment)
      return {
        watchedSince: since === null ? null : new Date(since).toISOString(),
        periods,
        occurrences: countOccurrences(periods),
        firingSeconds: Math.round(openSeconds(periods, from, Math.min(to, clock.now()))),
      }
    },

    related: (id: string) =>
      relatedTo(find(id), inbox.all()).map(({ alert, shared }) => ({ alert: row(alert), shared })),

    graph: (
      request: { id: string; from: number; to: number; points: number },
      signal: AbortSignal,
    ): Promise<AlertGraph> =>
      graphOf(find(request.id), sources, periodsOf(request.id, request.from, request.to), request, signal),

    labelNames: () =>
      tally(inbox.all(), (alert) => Object.keys(alert.labels)).map(([name, count]) => ({ name, count })),

    labelValues: (name: string) =>
      tally(inbox.all(), (alert) => alert.labels[name] ?? []).map(([value, count]) => ({ value, count })),

    sourceStates: (): SourceState[] => sources.states(),

    pulse: (): InboxPulse => ({ revision, bySeverity: openBySeverity(), newCritical: [] }),

    async refresh(sourceId: string | null): Promise<number> {
      const asked = sourceId === null ? sources.all() : [sources.find(sourceId)]
      await Promise.all(asked.map(({ poller }) => poller?.look()))
      return asked.filter(({ poller }) => poller !== null).length
    },

    silences: (): SilenceReading => readSilences(sources, inbox.all()),
    suppressedCounts: (): [string, number][] => [...countSuppressed(inbox.all())],
    targets: (): SilenceTarget[] => targetsOf(sources),
    /** The sources of a silence target, the healthiest first. */
    targetMembers(target: string): string[] {
      const cluster = clustersOf(sources.all()).find(({ id }) => id === target)
      return cluster ? membersByHealth(cluster).map(({ spec }) => spec.id) : []
    },
    preview({ target, matchers, limit }: { target: string; matchers: readonly Matcher[]; limit: number }) {
      const covered = coveredBy(matchers, target, sources, inbox.all())
      return { count: covered.length, alerts: covered.slice(0, limit).map(row), ids: covered.map(({ id }) => id) }
    },

    prune: (before: number): number => history.prune(before),

    async close(): Promise<void> {
      clearTimeout(pulseTimer)
      await sources.close().catch(onFault)
      history.close()
    },
  }
}

export type InboxService = ReturnType<typeof createInboxService>

/** An occurrence is a stretch of periods without a gap between them. */
export function countOccurrences(periods: readonly AlertPeriod[]): number {
  return periods.filter((period, index) => index === 0 || periods[index - 1]?.to !== period.from).length
}

/** Seconds an alert was open (in any state but pending) between two moments. */
export function openSeconds(periods: readonly AlertPeriod[], from: number, to: number): number {
  return periods
    .filter((period) => period.state !== 'pending')
    .map((period) => {
      const start = Math.max(from, Date.parse(period.from))
      const end = Math.min(to, period.to === null ? to : Date.parse(period.to))
      return Math.max(0, end - start) / 1000
    })
    .reduce((sum, seconds) => sum + seconds, 0)
}

function tally(
  alerts: Iterable<InboxAlert>,
  keysOf: (alert: InboxAlert) => readonly string[] | string,
): [string, number][] {
  const counts = new Map<string, number>()
  for (const alert of alerts) {
    if (alert.state === 'resolved') continue
    const keys = keysOf(alert)
    for (const key of typeof keys === 'string' ? [keys] : keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}
