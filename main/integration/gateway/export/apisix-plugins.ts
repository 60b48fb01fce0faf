import { hash } from 'node:crypto'
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

/** Its consumers are named with letters, digits and underscores. No two become one. */
export function consumerName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_')
  return plain === name ? name : `${plain}_${hash('sha256', name).slice(0, 8)}`
}

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
    ...changes(route, tell),
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

/** A list or object that is empty is refused in the headers of a plugin. */
const filled = (headers: Readonly<Record<string, object>>): Readonly<Record<string, object>> =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => Object.keys(value).length > 0))

function changes({ rule, match, at }: PlannedRoute, tell: Tell): Plugins {
  const request = filterOf(rule, 'requestHeaders')
  const response = filterOf(rule, 'responseHeaders')
  const rewrite = filterOf(rule, 'rewrite')
  const pairs = (list: FilterOf<'requestHeaders'>['set']) =>
    Object.fromEntries(list.map(({ name, value }) => [name, value]))
  const path = rewrite?.path
  const asked = request ? filled({ set: pairs(request.set), add: pairs(request.add), remove: [...request.remove] }) : {}
  const answered = response
    ? filled({ set: pairs(response.set), add: addedToAnswer(response, at, tell), remove: [...response.remove] })
    : {}
  const rewritten = {
    ...(rewrite?.hostname ? { host: rewrite.hostname } : {}),
    ...(path?.kind === 'full' ? { uri: path.value } : {}),
    ...(path?.kind === 'prefix' ? { regex_uri: prefixChange(match.path.value, path.value) } : {}),
    ...(Object.keys(asked).length > 0 ? { headers: asked } : {}),
  }
  return {
    ...(Object.keys(rewritten).length > 0 ? { 'proxy-rewrite': rewritten } : {}),
    ...(Object.keys(answered).length > 0 ? { 'response-rewrite': { headers: answered } } : {}),
  }
}

/** As response-rewrite.lua takes them. */
const addedToAnswer = ({ add }: FilterOf<'responseHeaders'>, at: string, tell: Tell): string[] =>
  add.flatMap(({ name, value }) => {
    if (/^[^:]+[^/:]$/.test(value) || /^[^/:]$/.test(value)) return [`${name}: ${value}`]
    tell(at, `APISIX adds no header whose value holds a colon or ends with a slash: ${name} is left out.`)
    return []
  })

/**
 * With credentials it refuses `*`, and what is left out would be `*`; `**` repeats what is asked for, as this gateway does.
 * Beside expressions, older versions look at no other origins.
 */
function cors(filter: FilterOf<'cors'> | undefined): Plugins {
  if (!filter) return {}
  const { allowOrigins, allowCredentials, maxAgeSeconds } = filter
  const list = (values: readonly string[]): string =>
    values.includes('*') ? (allowCredentials ? '**' : '*') : values.join(',')
  const byExpression = !allowOrigins.includes('*') && allowOrigins.some((origin) => origin.includes('*'))
  return {
    cors: {
      ...(byExpression
        ? {
            allow_origins_by_regex: [...new Set(allowOrigins.map(originPattern))],
            allow_origins: allowOrigins.filter((origin) => !origin.includes('*')).join(',') || noOrigin,
          }
        : { allow_origins: list(allowOrigins) }),
      allow_methods: list(filter.allowMethods),
      allow_headers: list(filter.allowHeaders),
      expose_headers: list(filter.exposeHeaders),
      ...{ allow_credential: allowCredentials, max_age: maxAgeSeconds },
    },
  }
}

/** Of the form that it asks for; no page has it. */
const noOrigin = 'none://none'
const originPattern = (origin: string): string => `^${origin.split('*').map(escaped).join('[A-Za-z0-9.-]+')}$`

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
