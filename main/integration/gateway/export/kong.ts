import { hash } from 'node:crypto'
import { stringify } from 'yaml'
import type { BackendConfig, PlaneConfig, RuleConfig } from '../plane/config.ts'
import { kongPlugins } from './kong-plugins.ts'
import { isKongHeader, isKongPath, isRoot } from './kong-texts.ts'
import {
  closed,
  createFindings,
  type Exported,
  escaped,
  healthyStatuses,
  idOf,
  type PlannedRoute,
  plannedRoutes,
  prefixPattern,
  type Tell,
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
  // Kong reads YAML 1.1, where a plain yes, on or 1:30 is no text.
  const text = stringify(kongDocument(config, tell), { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false })
  return { text, findings }
}

export function kongDocument(config: PlaneConfig, tell: Tell): KongDocument {
  tellSecrets(config, tell)
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

type Weighted = { readonly backend: BackendConfig; readonly weight: number }

const backendsOf = ({ backends }: PlaneConfig, rule: RuleConfig): Weighted[] =>
  rule.backends.flatMap(({ backend: name, weight }) => {
    const backend = backends.find((each) => each.name === name)
    return backend && weight > 0 ? [{ backend, weight }] : []
  })

/** Rules that share their requests alike share an upstream. */
const upstreamName = ({ backends, sticky }: RuleConfig): string | null => {
  if (backends.length === 0) return null
  const parts = backends.map(({ backend, weight }) => (backends.length === 1 ? backend : `${backend}-${weight}`))
  return hostOf(idOf([...parts, ...(sticky ? [sticky.kind, sticky.name] : [])].join('.')))
}

/** An upstream is a host to its service: no address, and no part of it is empty or ends with a dash. */
const hostOf = (id: string): string =>
  /^[\d.]+$/.test(id) || id.split('.').some((part) => part === '' || part.endsWith('-'))
    ? `upstream-${hash('sha256', id).slice(0, 16)}`
    : id

const weightTotal = 1_000

function upstreamOf(name: string, rule: RuleConfig, weighted: readonly Weighted[], tell: Tell): object {
  const [first] = weighted
  const sticky = rule.sticky?.kind === 'header' && !isKongHeader(rule.sticky.name) ? undefined : rule.sticky
  if (sticky !== rule.sticky)
    tell(name, `Kong takes no header named ${rule.sticky?.name}: its requests are not kept together.`)
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0)
  for (const { backend } of weighted) {
    if (backend.circuit) tell(backend.name, 'Kong has no circuit breaker by error rate.')
    if (backend.maxConnections !== 1_024) tell(backend.name, 'Kong does not limit connections for each endpoint.')
  }
  if (weighted.some(({ backend }) => backend.healthCheck?.path !== first?.backend.healthCheck?.path))
    tell(name, `Kong checks an upstream in one way: that of ${first?.backend.name} is taken for all.`)
  return {
    name,
    ...(sticky?.kind === 'cookie' ? { hash_on: 'cookie', hash_on_cookie: sticky.name, hash_on_cookie_path: '/' } : {}),
    ...(sticky?.kind === 'header' ? { hash_on: 'header', hash_on_header: sticky.name } : {}),
    algorithm: sticky ? 'consistent-hashing' : 'round-robin',
    healthchecks: first ? healthOf(first.backend, tell) : undefined,
    targets: weighted.flatMap(({ backend, weight }) => {
      const sum = backend.endpoints.reduce((all, endpoint) => all + endpoint.weight, 0)
      return backend.endpoints.map(({ host, port, weight: own }) => ({
        target: `${host.includes(':') ? `[${host}]` : host}:${port}`,
        weight: own === 0 ? 0 : Math.max(1, Math.round((weightTotal * weight * own) / (total * sum))),
      }))
    }),
  }
}

/** What counts to more than 255 does not count in Kong. */
const failuresOf = (failures: number) => {
  const count = Math.min(255, failures)
  return { http_failures: count, tcp_failures: count, timeouts: count }
}

function healthOf({ name, healthCheck, passive, protocol }: BackendConfig, tell: Tell): object | undefined {
  if (!healthCheck && !passive) return undefined
  const seconds = (ms: number): number => Math.max(1, Math.round(ms / 1_000))
  return {
    ...(healthCheck
      ? {
          active: {
            ...{
              type: protocol === 'https' ? 'https' : 'http',
              http_path: healthPath(name, healthCheck.path, tell),
              timeout: seconds(healthCheck.timeoutMs),
            },
            healthy: {
              interval: seconds(healthCheck.intervalMs),
              successes: healthCheck.healthyAfter,
              http_statuses: healthyStatuses(healthCheck),
            },
            unhealthy: {
              interval: seconds(healthCheck.intervalMs),
              ...failuresOf(healthCheck.unhealthyAfter),
            },
          },
        }
      : {}),
    ...(passive
      ? {
          passive: {
            unhealthy: failuresOf(passive.consecutiveFailures),
          },
        }
      : {}),
  }
}

function healthPath(name: string, path: string, tell: Tell): string {
  const plain = path.split('?')[0] ?? '/'
  const taken = isKongPath(plain) ? plain : '/'
  if (taken !== path) tell(name, `Kong cannot ask ${path} for its health: it asks ${taken}.`)
  return taken
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
