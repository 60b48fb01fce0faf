import { isDeepStrictEqual } from 'node:util'
import { RE2JS } from 're2js'
import { AppError } from '#preload/contract/error.ts'
import {
  type BackendConfig,
  type DefinitionConfig,
  type ListenerConfig,
  type PlaneConfig,
  planeConfig,
  type RouteConfig,
  type RuleConfig,
} from './config.ts'
import { compiledDefinition } from './definitions.ts'

type Names = {
  readonly listeners: Set<string>
  readonly backends: Set<string>
  readonly consumers: Set<string>
  readonly providers: Set<string>
  readonly definitions: Set<string>
}

/**
 * A configuration whose shape, names, references and patterns hold.
 * @throws AppError `invalid` with the path of the first thing that is wrong.
 */
export function checkConfig(input: unknown): PlaneConfig {
  const parsed = planeConfig.safeParse(input)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refused(issue?.path.join('.') ?? '', issue?.message ?? 'It is not a configuration.')
  }
  const config = parsed.data
  const names: Names = {
    listeners: unique('listeners', config.listeners),
    backends: unique('backends', config.backends),
    consumers: unique('consumers', config.consumers),
    providers: unique('jwtProviders', config.jwtProviders),
    definitions: unique('definitions', config.definitions),
  }
  unique('routes', config.routes)
  checkListeners(config)
  config.backends.forEach(checkBackend)
  checkConsumers(config, names)
  config.definitions.forEach(checkDefinition)
  for (const [index, route] of config.routes.entries()) checkRoute(route, index, names)
  return config
}

function refused(at: string, why: string): AppError {
  return new AppError('invalid', `The gateway cannot take this configuration: ${why}`, {
    at,
    hint: `Correct ${at === '' ? 'it' : at}. What was in force before still is.`,
  })
}

function unique(kind: string, named: readonly { readonly name: string }[]): Set<string> {
  const seen = new Set<string>()
  named.forEach(({ name }, index) => {
    if (seen.has(name)) throw refused(`${kind}.${index}.name`, `“${name}” is the name of two ${kind}.`)
    seen.add(name)
  })
  return seen
}

const known = (names: Set<string>, name: string, what: string, at: string): void => {
  if (!names.has(name)) throw refused(at, `There is no ${what} “${name}”.`)
}

function checkListeners({ listeners }: PlaneConfig): void {
  const sockets = new Map<string, { first: ListenerConfig; hosts: Map<string, string> }>()
  listeners.forEach((listener, index) => {
    const at = `listeners.${index}`
    if (listener.protocol === 'https' && listener.certificates.length === 0)
      throw refused(`${at}.certificates`, `The listener “${listener.name}” speaks TLS and has no certificate.`)
    if (listener.clientCertificate !== 'none' && listener.clientAuthorities.length === 0)
      throw refused(
        `${at}.clientAuthorities`,
        `“${listener.name}” asks for client certificates but trusts no authority.`,
      )
    if (listener.port === 0) return
    const socket = `${listener.host}:${listener.port}`
    const { first, hosts } = sockets.get(socket) ?? { first: listener, hosts: new Map() }
    const pair = `“${first.name}” and “${listener.name}”`
    if (first.protocol !== listener.protocol || first.acceptProxyProtocol !== listener.acceptProxyProtocol)
      throw refused(`${at}.protocol`, `${pair} share ${socket} and must agree on protocol and acceptProxyProtocol.`)
    if (!isDeepStrictEqual(first.limits, listener.limits))
      throw refused(`${at}.limits`, `${pair} share ${socket} and must agree on limits.`)
    const same = hosts.get(listener.hostname)
    if (same !== undefined) {
      const hostname = listener.hostname === '*' ? 'every host' : listener.hostname
      throw refused(`${at}.hostname`, `“${same}” and “${listener.name}” both listen on ${socket} for ${hostname}.`)
    }
    sockets.set(socket, { first, hosts: new Map([...hosts, [listener.hostname, listener.name]]) })
  })
}

function checkBackend(backend: BackendConfig, index: number): void {
  const seen = new Set<string>()
  backend.endpoints.forEach(({ host, port }, at) => {
    const endpoint = `${host}:${port}`
    if (seen.has(endpoint))
      throw refused(`backends.${index}.endpoints.${at}`, `“${backend.name}” names ${endpoint} twice.`)
    seen.add(endpoint)
  })
}

function checkConsumers({ consumers }: PlaneConfig, names: Names): void {
  const keys = new Set<string>()
  consumers.forEach((consumer, index) => {
    for (const hash of consumer.apiKeyHashes) {
      if (keys.has(hash)) throw refused(`consumers.${index}.apiKeyHashes`, 'Two consumers have the same API key.')
      keys.add(hash)
    }
    for (const { provider } of consumer.jwtClaims)
      known(names.providers, provider, 'JWT provider', `consumers.${index}.jwtClaims`)
  })
}

function checkDefinition(definition: DefinitionConfig, index: number): void {
  const [problem] = compiledDefinition(definition).problems
  if (problem) throw refused(`definitions.${index}.document.${problem.at}`, problem.message)
}

function checkRoute(route: RouteConfig, index: number, names: Names): void {
  const at = `routes.${index}`
  for (const listener of route.listeners) known(names.listeners, listener, 'listener', `${at}.listeners`)
  for (const [ruleIndex, rule] of route.rules.entries()) checkRule(rule, `${at}.rules.${ruleIndex}`, names)
}

function checkRule(rule: RuleConfig, at: string, names: Names): void {
  for (const { backend } of rule.backends) known(names.backends, backend, 'backend', `${at}.backends`)
  if (rule.headerOverride) known(names.backends, rule.headerOverride.backend, 'backend', `${at}.headerOverride.backend`)
  for (const scheme of rule.auth?.schemes ?? [])
    if (scheme.kind === 'jwt') known(names.providers, scheme.provider, 'JWT provider', `${at}.auth.schemes`)
  for (const consumer of rule.auth?.consumers ?? [])
    known(names.consumers, consumer, 'consumer', `${at}.auth.consumers`)
  if (rule.definition !== undefined) known(names.definitions, rule.definition, 'definition', `${at}.definition`)
  if (rule.portal) known(names.definitions, rule.portal.definition, 'definition', `${at}.portal.definition`)
  if (rule.rateLimit?.per === 'consumer' && !rule.auth)
    throw refused(`${at}.rateLimit.per`, 'A limit per consumer needs auth, which tells who calls.')
  rule.matches.forEach((match, index) => {
    if (match.path.kind !== 'regex' && !match.path.value.startsWith('/'))
      throw refused(`${at}.matches.${index}.path.value`, 'A path begins with /.')
    const patterns = [match.path, ...match.headers, ...match.query].filter(({ kind }) => kind === 'regex')
    for (const { value } of patterns) checkPattern(value, `${at}.matches.${index}`)
  })
  checkFilters(rule, at, names)
}

function checkFilters(rule: RuleConfig, at: string, names: Names): void {
  const once = new Set<string>()
  rule.filters.forEach((filter, index) => {
    const here = `${at}.filters.${index}`
    if (filter.kind === 'mirror') known(names.backends, filter.backend, 'backend', `${here}.backend`)
    else if (once.has(filter.kind)) throw refused(here, `A rule has at most one filter ${filter.kind}.`)
    once.add(filter.kind)
    const replacesPrefix = (filter.kind === 'rewrite' || filter.kind === 'redirect') && filter.path?.kind === 'prefix'
    if (replacesPrefix && rule.matches.some(({ path }) => path.kind !== 'prefix'))
      throw refused(`${here}.path`, 'A prefix can only be replaced where every match is a prefix.')
  })
  if (once.has('redirect') && once.has('rewrite'))
    throw refused(`${at}.filters`, 'A rule redirects or rewrites, not both.')
}

function checkPattern(pattern: string, at: string): void {
  try {
    RE2JS.compile(pattern)
  } catch {
    throw refused(at, `“${pattern}” is not a regular expression (RE2 syntax).`)
  }
}
