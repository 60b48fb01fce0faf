import { hash } from 'node:crypto'
import { z } from 'zod'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { EnvoyResources } from '../export/envoy.ts'

/** What an Envoy asks for, by the path it asks at. */
export const discoveryPaths = {
  '/v3/discovery:clusters': 'clusters',
  '/v3/discovery:listeners': 'listeners',
} as const
type Kind = (typeof discoveryPaths)[keyof typeof discoveryPaths]

const typeUrls: Readonly<Record<Kind, string>> = {
  clusters: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  listeners: 'type.googleapis.com/envoy.config.listener.v3.Listener',
}

/** The part of envoy.service.discovery.v3.DiscoveryRequest that matters here. */
const discoveryRequest = z.object({
  version_info: z.string().max(200).default(''),
  node: z.object({
    id: z.string().min(1).max(200),
    cluster: z.string().max(200).default(''),
    user_agent_build_version: z
      .object({
        version: z
          .object({
            major_number: z.number().int().default(0),
            minor_number: z.number().int().default(0),
            patch: z.number().int().default(0),
          })
          .optional(),
      })
      .optional(),
  }),
})

type Asking = {
  /** What it said that it has. */
  readonly has: string
  /** How often it came back without having taken what it was given last. */
  readonly turnedDown: number
  readonly given: string | null
}
type Node = {
  readonly cluster: string
  readonly version: string | null
  readonly seenAt: number
  readonly asks: Readonly<Partial<Record<Kind, Asking>>>
}

export type EnvoyState = 'in force' | 'takes it up' | 'refused' | 'away'
export type SeenEnvoy = {
  readonly id: string
  readonly cluster: string
  /** Of its program; null where it does not say. */
  readonly version: string | null
  readonly state: EnvoyState
  readonly seenAt: string
}

/** Envoys ask every two seconds as their bootstrap says. */
const awayAfterMs = 15_000
/** One that has just started asks once without having what its predecessor was given. */
const turnedDownAtLeast = 2
const nodesAtMost = 1_000

/**
 * Answers Envoys over REST (xDS transport protocol, v3): each asks again and again and says which version it has. Nothing is
 * pushed, so that an Envoy which cannot be reached from here is driven as well; each keeps what it has while nobody answers.
 */
export function createDiscovery(clock: Clock, onChange: () => void) {
  const nodes = new Map<string, Node>()
  let offered: EnvoyResources = { listeners: [], clusters: [] }
  let version = versionOf(offered)

  const stateOf = ({ seenAt, asks }: Node): EnvoyState => {
    if (clock.now() - seenAt > awayAfterMs) return 'away'
    const both = [asks.clusters, asks.listeners]
    if (both.every((each) => each?.has === version)) return 'in force'
    return both.some((each) => each?.given === version && each.turnedDown >= turnedDownAtLeast)
      ? 'refused'
      : 'takes it up'
  }
  const remember = (id: string, node: Node): void => {
    const before = nodes.get(id)
    nodes.delete(id)
    nodes.set(id, node)
    if (nodes.size > nodesAtMost) nodes.delete(nodes.keys().next().value ?? '')
    if (!before || stateOf(before) !== stateOf(node)) onChange()
  }

  return {
    /** What every Envoy is to have from now on. */
    offer(resources: EnvoyResources): void {
      offered = resources
      version = versionOf(resources)
    },
    /** @returns a DiscoveryResponse; null when it has everything already. @throws ZodError for what is no request. */
    answer(kind: Kind, body: unknown): object | null {
      const { node, version_info: has } = discoveryRequest.parse(body)
      const before = nodes.get(node.id)
      const last = before?.asks[kind]
      const current = has === version
      const turnedDown = !current && last?.given === version ? last.turnedDown + 1 : 0
      remember(node.id, {
        cluster: node.cluster,
        version: programOf(node.user_agent_build_version?.version),
        seenAt: clock.now(),
        asks: { ...before?.asks, [kind]: { has, turnedDown, given: current ? null : version } },
      })
      if (current) return null
      const type = typeUrls[kind]
      return {
        version_info: version,
        type_url: type,
        resources: offered[kind].map((each) => ({ '@type': type, ...each })),
      }
    },
    /** By id. */
    seen: (): SeenEnvoy[] =>
      [...nodes]
        .map(([id, node]) => ({
          ...{ id, cluster: node.cluster, version: node.version },
          ...{ state: stateOf(node), seenAt: iso(node.seenAt) },
        }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  }
}

const versionOf = (resources: EnvoyResources): string => hash('sha256', JSON.stringify(resources)).slice(0, 12)

type Numbers = { readonly major_number: number; readonly minor_number: number; readonly patch: number }
const programOf = (version: Numbers | undefined): string | null =>
  version === undefined ? null : `${version.major_number}.${version.minor_number}.${version.patch}`
