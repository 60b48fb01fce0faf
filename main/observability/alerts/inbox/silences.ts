import { compileMatchers } from '#main/engines/prometheus/label-matchers.ts'
import type { Matcher } from '#preload/observability/matchers.ts'
import type { Silence, SilenceTarget } from '#preload/observability/silences.ts'
import { localTarget } from '#preload/observability/silences.ts'
import type { InboxAlert } from './alert.ts'
import type { Source, Sources } from './sources.ts'

export type SilenceReading = {
  readonly silences: Silence[]
  readonly unavailable: { target: string; name: string; reason: string; asOf: string | null }[]
}

/** Alertmanagers that are one cluster, or one alone. Named by the first of its sources. */
export type Cluster = { readonly id: string; readonly members: readonly Source[] }

/** Sources that name a common peer share their silences, so they are one place to silence in. */
export function clustersOf(sources: readonly Source[]): Cluster[] {
  const clusters: { id: string; members: Source[]; peers: Set<string> }[] = []
  const ordered = sources
    .filter(({ spec }) => spec.kind === 'alertmanager' || (spec.kind === 'blocked' && spec.product === 'alertmanager'))
    .sort((a, b) => (a.spec.id < b.spec.id ? -1 : 1))
  for (const source of ordered) {
    const peers = source.memory?.cluster ?? []
    const known = clusters.find((cluster) => peers.some((peer) => cluster.peers.has(peer)))
    if (known) {
      known.members.push(source)
      for (const peer of peers) known.peers.add(peer)
    } else clusters.push({ id: source.spec.id, members: [source], peers: new Set(peers) })
  }
  return clusters
}

const nameOf = (cluster: Cluster): string => cluster.members.map((member) => member.spec.name).join(' + ')

const isLive = (source: Source): boolean => source.poller?.state().status === 'live'

/** Live members first: an action goes to the first that answers. */
export const membersByHealth = (cluster: Cluster): Source[] =>
  [...cluster.members].sort((a, b) => Number(isLive(b)) - Number(isLive(a)))

export function targetsOf(sources: Sources): SilenceTarget[] {
  const clusters = clustersOf(sources.all()).map((cluster): SilenceTarget => {
    const [best] = membersByHealth(cluster)
    return {
      id: cluster.id,
      name: nameOf(cluster),
      environment: cluster.members[0]?.spec.environment ?? null,
      kind: 'alertmanager',
      unavailable: best && isLive(best) ? null : (reasonOf(best) ?? 'It has not answered yet.'),
    }
  })
  return [...clusters, { id: localTarget, name: 'This workspace', environment: null, kind: 'local', unavailable: null }]
}

function reasonOf(source: Source | undefined): string | null {
  if (source?.spec.kind === 'blocked') return source.spec.error.message
  return source?.poller?.state().error?.message ?? null
}

/** Silences as the Alertmanagers last told them, each with how many alerts of the inbox it suppresses now. */
export function readSilences(sources: Sources, alerts: Iterable<InboxAlert>): SilenceReading {
  const suppressed = countSuppressed(alerts)
  const clusters = clustersOf(sources.all())
  return {
    silences: clusters.flatMap((cluster) => silencesOf(cluster, suppressed)),
    unavailable: clusters.flatMap((cluster) => {
      const [best] = membersByHealth(cluster)
      if (!best || isLive(best)) return []
      const asOf = newestMemory(cluster)?.at
      return [
        {
          target: cluster.id,
          name: nameOf(cluster),
          reason: reasonOf(best) ?? 'It has not answered yet.',
          asOf: asOf === undefined ? null : new Date(asOf).toISOString(),
        },
      ]
    }),
  }
}

export function countSuppressed(alerts: Iterable<InboxAlert>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const alert of alerts) {
    if (alert.state === 'resolved') continue
    const ids = new Set(alert.sightings.flatMap((sighting) => sighting.silencedBy))
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

const newestMemory = (cluster: Cluster) =>
  cluster.members.flatMap(({ memory }) => (memory ? [memory] : [])).sort((a, b) => b.at - a.at)[0]

function silencesOf(cluster: Cluster, suppressed: ReadonlyMap<string, number>): Silence[] {
  return (newestMemory(cluster)?.silences ?? []).map((silence) => ({
    id: silence.id,
    target: cluster.id,
    targetName: nameOf(cluster),
    environment: cluster.members[0]?.spec.environment ?? null,
    state: silence.state,
    matchers: [...silence.matchers],
    startsAt: new Date(silence.startsAt).toISOString(),
    endsAt: new Date(silence.endsAt).toISOString(),
    createdBy: silence.createdBy,
    comment: silence.comment,
    updatedAt: new Date(silence.updatedAt).toISOString(),
    suppressed: suppressed.get(silence.id) ?? 0,
  }))
}

/** The open alerts that a silence with these matchers would cover at a target. */
export function coveredBy(
  matchers: readonly Matcher[],
  target: string,
  sources: Sources,
  alerts: Iterable<InboxAlert>,
): InboxAlert[] {
  const matches = compileMatchers(matchers)
  const cluster = clustersOf(sources.all()).find(({ id }) => id === target)
  const members = new Set(cluster?.members.map(({ spec }) => spec.id))
  const reaches = (sourceId: string): boolean =>
    target === localTarget ? sources.name(sourceId).kind !== 'alertmanager' : members.has(sourceId)
  const covered: InboxAlert[] = []
  for (const alert of alerts)
    if (
      alert.state !== 'resolved' &&
      matches(alert.labels) &&
      alert.sightings.some(({ sourceId }) => reaches(sourceId))
    )
      covered.push(alert)
  return covered
}
