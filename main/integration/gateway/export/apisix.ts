import { stringify } from 'yaml'
import type { BackendConfig, MatchConfig, PlaneConfig } from '../plane/config.ts'
import { apisixPlugins, consumerName } from './apisix-plugins.ts'
import {
  createFindings,
  type Exported,
  healthyStatuses,
  idOf,
  type PlannedRoute,
  pathPattern,
  plannedRoutes,
  type Tell,
  tellConnections,
  tellSecrets,
} from './plan.ts'

/** As long as it can wait; it knows no “without end”. */
const longestSeconds = 86_400
const schemes = { http1: 'http', https: 'https', h2c: 'grpc', h2: 'grpcs' } as const

const methods = new Set(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'CONNECT', 'TRACE'])

/** Apache APISIX (3.0 and newer), standalone: the text of `apisix.yaml`. */
export function toApisix(config: PlaneConfig): Exported {
  const { findings, tell } = createFindings()
  tellConnections(config, tell)
  tellSecrets(config, tell)
  const addresses = [...new Set(config.listeners.map(({ host, port }) => `${host}:${port}`))]
  tell(
    'listeners',
    `APISIX listens where config.yaml says: node_listen and ssl.listen with ${addresses.join(', ')}. Every route is served on each.`,
  )
  if (config.routes.some(({ hostnames }) => hostnames.length > 0))
    tell(
      'routes',
      'Set apisix.router.http to radixtree_host_uri in config.yaml, so that it looks at hosts before paths.',
    )
  const planned = plannedRoutes(config).filter(({ at, match: { method } }) => {
    if (method === undefined || methods.has(method)) return true
    tell(at, `APISIX knows no method ${method}, so this match is left out: others get its requests.`)
    return false
  })
  tellOrder(planned, tell)
  const routes = planned.map((route, index) => routeOf(route, planned.length - index, tell))
  const upstreams = config.backends.map((backend) => upstreamOf(backend, config, tell))
  const consumers = config.consumers.map(({ name }) => ({ username: consumerName(name) }))
  const body = { routes, upstreams, ...(consumers.length > 0 ? { consumers } : {}) }
  // APISIX reads YAML 1.1, where a plain yes, on or 1:30 is no text.
  return { text: `${stringify(body, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false })}#END\n`, findings }
}

/** Its router looks for the longest path first, and only then at priorities. */
function tellOrder(planned: readonly PlannedRoute[], tell: Tell): void {
  const prefixes = planned.filter(({ match: { path } }) => path.kind === 'prefix' && path.value !== '/')
  for (const { at, match } of planned)
    if (match.path.kind === 'regex' && prefixes.some(({ match: other }) => startsAlike(match, other)))
      tell(
        at,
        'APISIX asks the longest path first: a prefix that is longer than the beginning of this expression wins.',
      )
}

const startsAlike = (expression: MatchConfig, prefix: MatchConfig): boolean =>
  prefix.path.value.startsWith(literalStart(expression.path.value))

/** What every path begins with that an expression matches. */
const literalStart = (expression: string): string =>
  expression.includes('|') ? '/' : (/^\/[A-Za-z0-9/_~-]*(?=[^A-Za-z0-9/_~*?+{-]|$)/.exec(expression)?.[0] ?? '/')

function routeOf(route: PlannedRoute, priority: number, tell: Tell): object {
  const { id, at, hosts, match, rule } = route
  const { timeouts, retry } = rule
  if (retry.codes.length > 0 || retry.backoffMs > 0) tell(at, 'APISIX tries again only after failed connections.')
  if (timeouts.requestMs > 0) tell(at, 'APISIX bounds each attempt, not the request as a whole.')
  const waits = (timeouts.backendRequestMs || timeouts.requestMs) / 1_000 || longestSeconds
  const [first] = rule.backends
  return {
    ...{ id, priority, uris: urisOf(match) },
    ...(hosts.length > 0 ? { hosts: [...hosts] } : {}),
    ...(match.method === undefined ? {} : { methods: [match.method] }),
    ...{ ...varsOf(match), enable_websocket: true },
    timeout: { connect: 5, send: waits, read: waits },
    plugins: apisixPlugins(route, tell),
    upstream_id: first ? idOf(first.backend) : undefined,
    ...(first ? {} : { upstream: { type: 'roundrobin', nodes: [] } }),
  }
}

function urisOf({ path: { kind, value } }: MatchConfig): string[] {
  if (kind === 'exact') return [value]
  if (kind === 'regex') return [`${literalStart(value)}*`]
  const prefix = value.replace(/\/+$/, '')
  return prefix === '' ? ['/*'] : [prefix, `${prefix}/*`]
}

function varsOf(match: MatchConfig): { vars?: unknown[] } {
  const test = (variable: string, kind: 'exact' | 'regex', value: string): unknown[] =>
    kind === 'exact' ? [variable, '==', value] : [variable, '~~', `^(?:${value})$`]
  const vars = [
    ...(match.path.kind === 'regex' ? [['uri', '~~', `^${pathPattern(match)}$`]] : []),
    ...match.headers.map(({ name, kind, value }) => test(`http_${name.toLowerCase().replace(/-/g, '_')}`, kind, value)),
    ...match.query.map(({ name, kind, value }) => test(`arg_${name}`, kind, value)),
  ]
  return vars.length > 0 ? { vars } : {}
}

function upstreamOf(backend: BackendConfig, { routes }: PlaneConfig, tell: Tell): object {
  const { name, endpoints, protocol, tls, healthCheck, circuit, passive } = backend
  if (tls) tell(name, 'APISIX verifies no upstream for you: set ssl_trusted_certificate in config.yaml.')
  if (tls?.serverName) tell(name, `APISIX asks for the host of the request, not for ${tls.serverName}.`)
  if (endpoints.some(({ host }) => host.includes(':')))
    tell(name, 'APISIX takes no IPv6 address here. Give it a host name.')
  if (circuit) tell(name, 'APISIX has no circuit breaker by error rate.')
  if (passive && !healthCheck) tell(name, 'APISIX takes endpoints out only beside active checks, which it has none of.')
  const wanted = routes
    .flatMap(({ rules }) => rules)
    .find((rule) => rule.sticky && rule.backends[0]?.backend === name)?.sticky
  const sticky = wanted && /^[A-Za-z0-9_-]+$/.test(wanted.name) ? wanted : undefined
  if (wanted && !sticky)
    tell(name, `APISIX knows no ${wanted.kind} ${wanted.name}: its requests are not kept together.`)
  return {
    id: idOf(name),
    ...(sticky ? { type: 'chash', hash_on: sticky.kind, key: sticky.name } : { type: 'roundrobin' }),
    ...{ scheme: schemes[protocol], pass_host: 'pass' },
    nodes: endpoints.map(({ host, port, weight }) => ({ host, port, weight })),
    ...(healthCheck
      ? {
          checks: {
            active: {
              ...{ type: protocol === 'https' ? 'https' : 'http', http_path: healthCheck.path },
              timeout: healthCheck.timeoutMs / 1_000,
              healthy: {
                interval: Math.max(1, Math.round(healthCheck.intervalMs / 1_000)),
                ...{ successes: healthCheck.healthyAfter, http_statuses: healthyStatuses(healthCheck) },
              },
              unhealthy: {
                interval: Math.max(1, Math.round(healthCheck.intervalMs / 1_000)),
                http_failures: healthCheck.unhealthyAfter,
              },
            },
            ...(passive
              ? { passive: { unhealthy: { http_failures: Math.min(254, passive.consecutiveFailures) } } }
              : {}),
          },
        }
      : {}),
  }
}
