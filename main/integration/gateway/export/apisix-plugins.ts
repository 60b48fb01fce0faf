import type { RuleConfig } from '../plane/config.ts'
import {
  authProblems,
  closedStatus,
  escaped,
  type FilterOf,
  filterOf,
  idOf,
  type PlannedRoute,
  type Tell,
} from './plan.ts'

/** Its consumers are named with letters, digits and underscores. */
export const consumerName = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, '_')

type Plugins = Readonly<Record<string, object>>

const limitKeys = { consumer: 'consumer_name', ip: 'remote_addr', route: 'route_id' } as const

/** What of a rule APISIX does in plugins. What it cannot do, and must not be left open, ends in an answer of its own. */
export function apisixPlugins(route: PlannedRoute, tell: Tell): Plugins {
  const { at, rule } = route
  const redirect = filterOf(rule, 'redirect')
  const problems = authProblems(route)
  if (!redirect && rule.backends.length === 0) problems.push(`It has no backend, so it answers ${closedStatus}.`)
  for (const problem of problems) tell(at, problem)
  if (problems.length > 0)
    return { 'fault-injection': { abort: { http_status: closedStatus, body: 'Not carried over' } } }
  if (filterOf(rule, 'mirror')) tell(at, 'APISIX mirrors to an address, not to an upstream. Add proxy-mirror with it.')
  if (JSON.stringify(rule.filters).includes('$'))
    tell(at, 'APISIX takes $ for the beginning of a variable. Look at the headers and paths that it changes.')
  return {
    ...auth(rule),
    ...limits(rule, at, tell),
    ...(redirect ? { redirect: redirectOf(redirect, route) } : {}),
    ...changes(route),
    ...cors(filterOf(rule, 'cors')),
    ...(rule.compression ? { gzip: {} } : {}),
    ...split(rule),
  }
}

function auth({ auth: asked }: RuleConfig): Plugins {
  const [scheme] = asked?.schemes ?? []
  if (!asked || !scheme) return {}
  const hide_credentials = !asked.forwardCredentials
  return {
    ...(scheme.kind === 'apiKey'
      ? { 'key-auth': { header: scheme.header, hide_credentials } }
      : { 'basic-auth': { hide_credentials } }),
    ...(asked.consumers ? { 'consumer-restriction': { whitelist: asked.consumers.map(consumerName) } } : {}),
  }
}

function limits({ rateLimit, bodyLimitBytes }: RuleConfig, at: string, tell: Tell): Plugins {
  const seconds = (rateLimit?.windowMs ?? 0) / 1_000
  if (rateLimit && !Number.isInteger(seconds)) tell(at, 'APISIX limits by whole seconds. Its limit is left out.')
  return {
    ...(rateLimit && Number.isInteger(seconds)
      ? {
          'limit-count': {
            ...{ count: rateLimit.requests, time_window: seconds, rejected_code: 429 },
            ...{ key_type: 'var', key: limitKeys[rateLimit.per], policy: 'local' },
          },
        }
      : {}),
    ...(bodyLimitBytes === undefined ? {} : { 'client-control': { max_body_size: bodyLimitBytes } }),
  }
}

function redirectOf({ scheme, hostname, port, path, status }: FilterOf<'redirect'>, { match }: PlannedRoute): object {
  const origin = `${scheme ?? '$scheme'}://${hostname ?? '$host'}${port === undefined ? '' : `:${port}`}`
  if (path?.kind === 'prefix')
    return { regex_uri: prefixChange(match.path.value, path.value, origin), ret_code: status }
  return { uri: `${origin}${path ? path.value : '$request_uri'}`, ret_code: status }
}

const prefixChange = (from: string, to: string, origin = ''): string[] => [
  `^${escaped(from.replace(/\/+$/, ''))}/?(.*)$`,
  `${origin}${to.replace(/\/+$/, '')}/$1`,
]

function changes({ rule, match }: PlannedRoute): Plugins {
  const request = filterOf(rule, 'requestHeaders')
  const response = filterOf(rule, 'responseHeaders')
  const rewrite = filterOf(rule, 'rewrite')
  const pairs = (list: FilterOf<'requestHeaders'>['set']) =>
    Object.fromEntries(list.map(({ name, value }) => [name, value]))
  const path = rewrite?.path
  return {
    ...(request || rewrite
      ? {
          'proxy-rewrite': {
            ...(rewrite?.hostname ? { host: rewrite.hostname } : {}),
            ...(path?.kind === 'full' ? { uri: path.value } : {}),
            ...(path?.kind === 'prefix' ? { regex_uri: prefixChange(match.path.value, path.value) } : {}),
            ...(request
              ? { headers: { set: pairs(request.set), add: pairs(request.add), remove: [...request.remove] } }
              : {}),
          },
        }
      : {}),
    ...(response
      ? {
          'response-rewrite': {
            headers: {
              set: pairs(response.set),
              add: response.add.map(({ name, value }) => `${name}: ${value}`),
              remove: [...response.remove],
            },
          },
        }
      : {}),
  }
}

function cors(filter: FilterOf<'cors'> | undefined): Plugins {
  if (!filter) return {}
  const wild = filter.allowOrigins.filter((origin) => origin !== '*' && origin.includes('*'))
  return {
    cors: {
      allow_origins: filter.allowOrigins.filter((origin) => !wild.includes(origin)).join(',') || undefined,
      ...(wild.length > 0
        ? { allow_origins_by_regex: wild.map((origin) => `^${origin.split('*').map(escaped).join('.*')}$`) }
        : {}),
      allow_methods: filter.allowMethods.join(','),
      ...(filter.allowHeaders.length > 0 ? { allow_headers: filter.allowHeaders.join(',') } : {}),
      ...(filter.exposeHeaders.length > 0 ? { expose_headers: filter.exposeHeaders.join(',') } : {}),
      ...{ allow_credential: filter.allowCredentials, max_age: filter.maxAgeSeconds },
    },
  }
}

const split = ({ backends }: RuleConfig): Plugins =>
  backends.length < 2
    ? {}
    : {
        'traffic-split': {
          rules: [
            { weighted_upstreams: backends.map(({ backend, weight }) => ({ upstream_id: idOf(backend), weight })) },
          ],
        },
      }
