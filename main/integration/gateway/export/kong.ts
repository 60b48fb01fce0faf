import { stringify } from 'yaml'
import type { PlaneConfig } from '../plane/config.ts'
import { kongPlugins } from './kong-plugins.ts'
import { isKongHeader, isRoot } from './kong-texts.ts'
import { backendsOf, upstreamName, upstreamOf, type Weighted } from './kong-upstreams.ts'
import {
  closed,
  createFindings,
  type Exported,
  escaped,
  type PlannedRoute,
  plannedRoutes,
  prefixPattern,
  type Tell,
  tellConnections,
  tellSecrets,
} from './plan.ts'

/** As long as Kong can wait; it knows no “without end”. */
const longestMs = 2_147_483_646
const protocols = { http1: 'http', https: 'https', h2c: null, h2: null } as const

type KongService = { readonly name: string; readonly routes: readonly object[] }
/** Kong's declarative configuration (format 3.0). */
export type KongDocument = {
  readonly _format_version: '3.0'
  readonly upstreams: readonly object[]
  readonly services: readonly KongService[]
  readonly consumers: readonly object[]
}

/** For a gateway without a database. */
export function toKong(config: PlaneConfig): Exported {
  const { findings, tell } = createFindings()
  tellConnections(config, tell)
  tellSecrets(config, tell)
  // Kong reads YAML 1.1, where a plain yes, on or 1:30 is no text.
  const text = stringify(kongDocument(config, tell), { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false })
  return { text, findings }
}

export function kongDocument(config: PlaneConfig, tell: Tell): KongDocument {
  tellListeners(config, tell)
  const planned = plannedRoutes(config).filter(({ match, at }) => {
    const problem = unmatchable(match)
    if (problem !== null) tell(at, `${problem} This match is left out: others get its requests.`)
    return problem === null
  })
  tellOrder(planned, tell)
  const upstreams = new Map<string, object>()
  const services = planned.map((route, index) => {
    const backends = backendsOf(config, route.rule)
    const upstream = upstreamName(route.rule)
    if (upstream !== null && !upstreams.has(upstream))
      upstreams.set(upstream, upstreamOf(upstream, route.rule, backends, tell))
    return serviceOf({ route, backends, upstream, priority: planned.length - index, tell })
  })
  const consumers = config.consumers.map(({ name }) => ({ username: name, acls: [{ group: name }] }))
  return { _format_version: '3.0', upstreams: [...upstreams.values()], services, consumers }
}

function tellListeners({ listeners }: PlaneConfig, tell: Tell): void {
  if (listeners.length === 0) return
  const addresses = listeners.map(({ host, port, protocol }) => `${host}:${port}${protocol === 'https' ? ' ssl' : ''}`)
  const asked = [...new Set(addresses)].join(', ')
  tell('listeners', `Kong listens where kong.conf says: proxy_listen = ${asked}. Every route is served on each.`)
}

/** Its router prefers routes with more kinds of conditions, whatever their priority. */
function tellOrder(planned: readonly PlannedRoute[], tell: Tell): void {
  const kinds = new Set(
    planned.map(({ hosts, match: { method, headers } }) =>
      [hosts.length > 0, method !== undefined, headers.length].join(),
    ),
  )
  if (kinds.size > 1)
    tell(
      'routes',
      'Kong prefers routes with more kinds of conditions (host, method, headers) to those with a longer path.',
    )
}

type ServiceOf = {
  readonly route: PlannedRoute
  readonly backends: readonly Weighted[]
  readonly upstream: string | null
  readonly priority: number
  readonly tell: Tell
}

function serviceOf({ route, backends, upstream, priority, tell }: ServiceOf): KongService {
  const { id, at, rule } = route
  const { timeouts, retry } = rule
  const [first] = backends
  const protocol = first ? protocols[first.backend.protocol] : 'http'
  const blocked: string[] = []
  if (protocol === null) blocked.push(closed('Kong speaks HTTP/2 to a backend only for gRPC.'))
  if (backends.some(({ backend }) => backend.protocol !== first?.backend.protocol))
    blocked.push(closed('Its backends speak different protocols, which Kong cannot mix.'))
  const tls = backends.flatMap(({ backend }) => (backend.tls ? [backend] : []))
  for (const { name } of tls)
    tell(name, 'Add its authority to lua_ssl_trusted_certificate of kong.conf: Kong verifies it.')
  if (retry.codes.length > 0 || retry.backoffMs > 0) tell(at, 'Kong tries again only after failed connections.')
  if (timeouts.requestMs > 0) tell(at, 'Kong bounds each attempt, not the request as a whole.')
  const waits = timeouts.backendRequestMs || timeouts.requestMs || longestMs
  return {
    ...{
      name: id,
      host: upstream ?? 'nowhere.invalid',
      port: protocol === 'https' ? 443 : 80,
      protocol: protocol ?? 'http',
    },
    ...(protocol === 'https' ? { tls_verify: true } : {}),
    ...{ connect_timeout: first?.backend.connectTimeoutMs ?? 5_000, read_timeout: waits, write_timeout: waits },
    ...{ retries: retry.attempts, plugins: kongPlugins(route, { blocked, empty: upstream === null, tell }) },
    routes: [routeOf(route, priority)],
  }
}

function routeOf({ id, hosts, match }: PlannedRoute, priority: number): object {
  return {
    ...{ name: id, paths: [`~${kongPath(match.path)}$`], regex_priority: priority },
    ...(hosts.length > 0 ? { hosts: [...hosts] } : {}),
    ...(match.method === undefined ? {} : { methods: [match.method] }),
    ...(match.headers.length > 0
      ? {
          headers: Object.fromEntries(
            match.headers.map(({ name, kind, value }) => [name, [kind === 'exact' ? value : `~*^(?:${value})$`]]),
          ),
        }
      : {}),
    ...{ strip_path: false, preserve_host: true },
  }
}

function unmatchable({ query, path, headers }: PlannedRoute['match']): string | null {
  if (query.length > 0) return 'Kong cannot look at query parameters.'
  const unknown = headers.find(({ name }) => !isKongHeader(name) || name.toLowerCase() === 'host')
  if (unknown) return `Kong cannot look at the header ${unknown.name}.`
  if (path.value.includes('//')) return 'Kong takes no path with an empty part.'
  if (path.kind !== 'regex') return null
  const groupless = withoutGroups(path.value)
  return path.value.startsWith('/') && !groupless.includes('|')
    ? null
    : 'Kong takes only expressions that begin with / and have no alternatives outside of groups.'
}

/** A regular expression without what is escaped, in brackets or in parentheses. */
function withoutGroups(expression: string): string {
  const plain = expression.replace(/\\.|\[[^\]]*\]/g, '')
  const shorter = plain.replace(/\([^()]*\)/g, '')
  return shorter === plain ? plain : withoutGroups(shorter)
}

/** What follows a prefix is captured, so that a rewrite can keep it. */
function kongPath({ kind, value }: PlannedRoute['match']['path']): string {
  if (kind === 'exact') return escaped(value)
  if (kind === 'regex') return value
  if (isRoot(value)) return `/${rest('.*')}`
  return prefixPattern(value).replace(/\(\?:\/\.\*\)\?$/, `${rest('/.*')}?`)
}

/** Named as both of Kong's routers know it: Rust's expressions, and those of Perl. */
const rest = (expression: string): string => `(?P<rest>${expression})`
