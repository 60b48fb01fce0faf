import { createAuthenticator } from './authenticator.ts'
import type { Backends } from './backends.ts'
import type { ListenerConfig, PlaneConfig } from './config.ts'
import type { Counters } from './counters.ts'
import { trustOf } from './forwarded.ts'
import { atHost, createHostMap, intersect } from './hostnames.ts'
import { createRouteTable, type RouteEntry } from './route-table.ts'
import { planRule, type RulePlan } from './rule-plan.ts'
import type { Door, Site } from './site.ts'

const everything = { path: { kind: 'prefix' as const, value: '/' }, headers: [], query: [] }

/** One listening socket. */
export const socketKey = ({ host, port }: Pick<ListenerConfig, 'host' | 'port'>): string => `${host}:${port}`
/** What serves a socket: another protocol needs another, over the same socket. */
export const gateKey = (listener: ListenerConfig): string => `${listener.protocol} ${socketKey(listener)}`

export function byGate(listeners: readonly ListenerConfig[]): Map<string, ListenerConfig[]> {
  const gates = new Map<string, ListenerConfig[]>()
  for (const listener of listeners) gates.set(gateKey(listener), [...(gates.get(gateKey(listener)) ?? []), listener])
  return gates
}

/** What each address serves under a configuration, by `gateKey`. Takes the backends over, so it is called at commit. */
export function buildSites(config: PlaneConfig, backends: Backends, counters: Counters): Map<string, Site> {
  const live = backends.update(config.backends)
  const definitions = new Map(config.definitions.map((each) => [each.name, each] as const))
  const planned = config.routes.map((route) => ({
    route,
    rules: route.rules.map((rule) => ({
      matches: rule.matches,
      plan: planRule(route, rule, live, counters, definitions),
    })),
  }))
  const entriesOf = ({ name, hostname }: ListenerConfig): RouteEntry<RulePlan>[] =>
    planned
      .filter(({ route }) => route.listeners.includes(name))
      .flatMap(({ route, rules }) => {
        const hosts = route.hostnames.length === 0 ? ['*'] : route.hostnames
        const shared = hosts.map((host) => intersect(hostname, host)).filter((host) => host !== null)
        return shared.flatMap((host) =>
          rules.flatMap(({ matches, plan }) =>
            (matches.length === 0 ? [everything] : matches).map((match) => ({ hostname: host, match, target: plan })),
          ),
        )
      })
  const authenticate = createAuthenticator(config)
  const sites = new Map<string, Site>()
  for (const [key, listeners] of byGate(config.listeners)) {
    const doors = createHostMap<Door>()
    for (const listener of listeners)
      atHost(doors, listener.hostname, () => ({
        config: listener,
        table: createRouteTable(entriesOf(listener)),
        trust: trustOf(listener.trustedProxies),
      }))
    const [first] = listeners
    if (first)
      sites.set(key, {
        scheme: first.protocol,
        port: first.port,
        maxHeaders: first.limits.maxHeaders,
        doors,
        authenticate,
      })
  }
  return sites
}
