import type { RuleConfig } from '../plane/config.ts'
import { isKongHeader, isRoot } from './kong-texts.ts'
import {
  authProblems,
  closed,
  closedStatus,
  escaped,
  type FilterOf,
  filterOf,
  type PlannedRoute,
  type Tell,
} from './plan.ts'

type Plugin = { readonly name: string; readonly config: object }
type Given = { readonly blocked: readonly string[]; readonly empty: boolean; readonly tell: Tell }

const windows: Readonly<Record<number, string>> = { 1000: 'second', 60000: 'minute', 3600000: 'hour', 86400000: 'day' }
const limitBy = { consumer: 'consumer', ip: 'ip', route: 'service' } as const

/** What of a rule Kong does in plugins. What it cannot do, and must not be left open, ends in an answer of its own. */
export function kongPlugins(route: PlannedRoute, { blocked, empty, tell }: Given): Plugin[] {
  const { at, rule } = route
  const problems = [...blocked, ...authProblems(route), ...keyProblems(rule)]
  const redirect = filterOf(rule, 'redirect')
  if (redirect) problems.push(closed('Kong redirects only with a plugin of newer versions.'))
  else if (empty) problems.push(`It has no backend, so it answers ${closedStatus}.`)
  for (const problem of problems) tell(at, problem)
  if (problems.length > 0)
    return [{ name: 'request-termination', config: { status_code: closedStatus, message: 'Not carried over' } }]
  if (filterOf(rule, 'mirror')) tell(at, 'Kong does not mirror requests.')
  if (rule.compression) tell(at, 'Kong compresses only by what nginx.conf says.')
  return [...auth(rule), ...limits(rule, at, tell), ...changes(route, tell), ...cors(filterOf(rule, 'cors'), at, tell)]
}

const keyProblems = ({ auth }: RuleConfig): string[] =>
  (auth?.schemes ?? []).flatMap((scheme) =>
    scheme.kind === 'apiKey' && !isKongHeader(scheme.header)
      ? [closed(`Kong takes no header named ${scheme.header}.`)]
      : [],
  )

function auth({ auth: asked }: RuleConfig): Plugin[] {
  const [scheme] = asked?.schemes ?? []
  if (!asked || !scheme) return []
  const hide = !asked.forwardCredentials
  const who: Plugin =
    scheme.kind === 'apiKey'
      ? { name: 'key-auth', config: { key_names: [scheme.header], key_in_query: false, hide_credentials: hide } }
      : { name: 'basic-auth', config: { hide_credentials: hide } }
  return asked.consumers ? [who, { name: 'acl', config: { allow: [...asked.consumers] } }] : [who]
}

function limits({ rateLimit, bodyLimitBytes }: RuleConfig, at: string, tell: Tell): Plugin[] {
  const window = rateLimit ? windows[rateLimit.windowMs] : undefined
  if (rateLimit && !window) tell(at, 'Kong limits by the second, minute, hour or day. Its limit is left out.')
  return [
    ...(rateLimit && window
      ? [
          {
            name: 'rate-limiting',
            config: { [window]: rateLimit.requests, limit_by: limitBy[rateLimit.per], policy: 'local' },
          },
        ]
      : []),
    ...(bodyLimitBytes === undefined
      ? []
      : [{ name: 'request-size-limiting', config: { allowed_payload_size: bodyLimitBytes, size_unit: 'bytes' } }]),
  ]
}

/** Replaces where it is there, and adds where it is not: together they set. */
const headerChange = (filter: FilterOf<'requestHeaders'> | FilterOf<'responseHeaders'>, at: string, tell: Tell) => {
  const known = <T extends string | { readonly name: string }>(list: readonly T[]): T[] =>
    list.filter((each) => {
      const name = typeof each === 'string' ? each : each.name
      if (!isKongHeader(name)) tell(at, `Kong takes no header named ${name}: it is left as it is.`)
      return isKongHeader(name)
    })
  const [set, add, remove] = [known(filter.set), known(filter.add), known(filter.remove)]
  const pairs = (list: FilterOf<'requestHeaders'>['set']): string[] =>
    list.map(({ name, value }) => `${name}:${literal(value)}`)
  return {
    remove: { headers: [...remove] },
    replace: { headers: pairs(set) },
    add: { headers: pairs(set) },
    append: { headers: pairs(add) },
  }
}

function changes({ rule, at, match }: PlannedRoute, tell: Tell): Plugin[] {
  const request = filterOf(rule, 'requestHeaders')
  const response = filterOf(rule, 'responseHeaders')
  const rewrite = filterOf(rule, 'rewrite')
  if (rewrite?.hostname) tell(at, 'Kong keeps the host that was asked for; it is not rewritten.')
  const base = { remove: {}, replace: {}, add: {}, append: {}, ...(request ? headerChange(request, at, tell) : {}) }
  const uri = rewrite?.path ? uriOf(rewrite.path, match.path) : undefined
  return [
    ...(request || uri
      ? [{ name: 'request-transformer', config: uri ? { ...base, replace: { ...base.replace, uri } } : base }]
      : []),
    ...(response ? [{ name: 'response-transformer', config: headerChange(response, at, tell) }] : []),
  ]
}

/** Text that is no template, although it looks like one. */
const literal = (text: string): string => (text.includes('$(') ? `$('${text.replace(/['\\]/g, '\\$&')}')` : text)

/** A template of the plugin: `$(…)` is Lua. */
function uriOf({ kind, value }: NonNullable<FilterOf<'rewrite'>['path']>, path: PlannedRoute['match']['path']): string {
  if (kind === 'full') return literal(value)
  const kept = value.replace(/\/+$/, '')
  // There the slash is before what is captured.
  if (path.kind === 'prefix' && isRoot(path.value)) return `${literal(`${kept}/`)}$(uri_captures["rest"] or "")`
  return `${literal(kept)}$(uri_captures["rest"] or "${kept === '' ? '/' : ''}")`
}

const corsMethods = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']

function cors(filter: FilterOf<'cors'> | undefined, at: string, tell: Tell): Plugin[] {
  if (!filter) return []
  const { allowMethods: asked } = filter
  for (const method of asked)
    if (method !== '*' && !corsMethods.includes(method)) tell(at, `Kong does not allow ${method} to other origins.`)
  const config = {
    origins: filter.allowOrigins.map((origin) =>
      origin !== '*' && origin.includes('*') ? `^${origin.split('*').map(escaped).join('.*')}$` : origin,
    ),
    methods: asked.includes('*') ? corsMethods : corsMethods.filter((method) => asked.includes(method)),
    headers: [...filter.allowHeaders],
    exposed_headers: [...filter.exposeHeaders],
    ...{ credentials: filter.allowCredentials, max_age: filter.maxAgeSeconds },
  }
  return [{ name: 'cors', config }]
}
