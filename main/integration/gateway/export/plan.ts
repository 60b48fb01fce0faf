import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type MatchConfig, type PlaneConfig, type RuleConfig, usualLimits } from '../plane/config.ts'
import { intersect } from '../plane/hostnames.ts'

/** Something that the other gateway does not do as this one does. */
export type Finding = { readonly path: string; readonly message: string }
export type Tell = (path: string, message: string) => void
/** Gathers findings, each once: a rule with several matches would tell them again and again. */
export function createFindings(): { readonly findings: Finding[]; readonly tell: Tell } {
  const findings: Finding[] = []
  return {
    findings,
    tell(path, message) {
      if (!findings.some((known) => known.path === path && known.message === message)) findings.push({ path, message })
    },
  }
}

export type Exported = { readonly text: string; readonly findings: readonly Finding[] }

/** One match of a rule, in the order in which it is asked. */
export type PlannedRoute = {
  /** Unique, of letters, digits, dots, dashes and underscores. */
  readonly id: string
  /** Where a person finds it. */
  readonly at: string
  readonly listeners: readonly string[]
  /** Whether only clients with a certificate get in. */
  readonly clientCertificates: boolean
  /** Without `*`; empty for every host. */
  readonly hosts: readonly string[]
  readonly match: MatchConfig
  readonly rule: RuleConfig
}

const everything: MatchConfig = { path: { kind: 'prefix', value: '/' }, headers: [], query: [] }

/** Every match of a configuration, the most specific first, as the Gateway API orders them. */
export function plannedRoutes(config: PlaneConfig): PlannedRoute[] {
  return config.routes
    .flatMap((route) => {
      const listeners = config.listeners.filter(({ name }) => route.listeners.includes(name))
      const asked = route.hostnames.length === 0 ? ['*'] : route.hostnames
      const met = listeners.flatMap(({ hostname }) => asked.map((host) => intersect(hostname, host)))
      const hosts = [...new Set(met.filter((host) => host !== null))]
      if (hosts.length === 0) return []
      return route.rules.flatMap(withoutOverride).flatMap((rule, index) =>
        (rule.matches.length === 0 ? [everything] : rule.matches).map((match, each) => ({
          id: idOf(`${route.name}.${index + 1}.${each + 1}`),
          at: `${route.name}, rule ${index + 1}`,
          listeners: listeners.map(({ name }) => name),
          clientCertificates: listeners.some(({ clientCertificate }) => clientCertificate !== 'none'),
          hosts: hosts.includes('*') ? [] : hosts,
          ...{ match, rule },
        })),
      )
    })
    .toSorted((a, b) => specificity(a.match, b.match))
}

const idAtMost = 64

/** A name as all three take it. One that had to be changed has a part of its digest, so that no two become one. */
export function idOf(name: string): string {
  const id = name.replaceAll('/', '--').replace(/[^A-Za-z0-9._-]+/g, '-')
  if (id === name.replaceAll('/', '--') && id.length <= idAtMost) return id
  return `${id.slice(0, idAtMost - 9)}-${hash('sha256', name).slice(0, 8)}`
}

/** What counts as healthy: two of the three take 200 and 302 alone unless told otherwise. */
export const healthyStatuses = ({ statuses }: { readonly statuses?: readonly number[] | undefined }): number[] => [
  ...(statuses ?? [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308]),
]

/** A header that overrules the weights is a rule of its own, before the others. */
function withoutOverride(rule: RuleConfig): RuleConfig[] {
  const { headerOverride: override, ...plain } = rule
  if (!override) return [plain]
  const header = { name: override.header, kind: 'exact' as const, value: override.value }
  const matches = (rule.matches.length === 0 ? [everything] : rule.matches).map((match) => ({
    ...match,
    headers: [...match.headers, header],
  }))
  return [{ ...plain, matches, backends: [{ backend: override.backend, weight: 1 }] }, plain]
}

const kinds = { exact: 0, regex: 1, prefix: 2 } as const

function specificity(a: MatchConfig, b: MatchConfig): number {
  return (
    kinds[a.path.kind] - kinds[b.path.kind] ||
    b.path.value.length - a.path.value.length ||
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    b.headers.length - a.headers.length ||
    b.query.length - a.query.length
  )
}

/** What decides who gets in, or where to, and is missing over there: such a rule must not be left open. */
export const closedStatus = 503
export const closed = (what: string): string => `${what} It answers ${closedStatus} there.`

/** Why who gets in cannot be told over there by what is exported. */
export function authProblems({ rule: { auth }, clientCertificates }: PlannedRoute): string[] {
  const certificate = closed('Client certificates are not asked for by what is exported.')
  if (clientCertificates) return [certificate]
  if (auth?.consumers?.length === 0) return [closed('It lets nobody in.')]
  const [scheme, ...others] = auth?.schemes ?? []
  if (others.length > 0) return [closed('Any of several ways to say who calls is not carried over.')]
  if (scheme?.kind === 'mtls') return [certificate]
  return scheme?.kind === 'jwt' ? [closed('Tokens are not asked for by what is exported.')] : []
}

/** A prefix of the Gateway API ends at a slash. As a regular expression for the whole path. */
export const prefixPattern = (prefix: string): string => {
  const value = prefix.replace(/\/+$/, '')
  return value === '' ? '/.*' : `${escaped(value)}(?:/.*)?`
}

export const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** The whole path as a regular expression. */
export const pathPattern = ({ path }: MatchConfig): string =>
  path.kind === 'exact' ? escaped(path.value) : path.kind === 'regex' ? `(?:${path.value})` : prefixPattern(path.value)

export type FilterOf<K extends RuleConfig['filters'][number]['kind']> = Extract<
  RuleConfig['filters'][number],
  { kind: K }
>

export const filterOf = <K extends RuleConfig['filters'][number]['kind']>(
  { filters }: RuleConfig,
  kind: K,
): FilterOf<K> | undefined => filters.find((each): each is FilterOf<K> => each.kind === kind)

/** What is said of every target alike: how connections come in belongs to whoever sets the other gateway up. */
export function tellConnections({ listeners }: PlaneConfig, tell: Tell): void {
  for (const { name, acceptProxyProtocol, trustedProxies, limits } of listeners) {
    if (acceptProxyProtocol) tell(name, 'The PROXY protocol is not carried over. Have it read over there.')
    if (trustedProxies.length > 0) tell(name, 'Which proxies are believed is not carried over. Say it over there.')
    if (!isDeepStrictEqual(limits, usualLimits)) tell(name, 'Its limits are not carried over. Set them over there.')
  }
}

/** What is said of every target alike: nothing that is secret leaves, and who calls is not known there. */
export function tellSecrets({ listeners, backends, consumers, jwtProviders }: PlaneConfig, tell: Tell): void {
  for (const { name, protocol } of listeners)
    if (protocol === 'https') tell(name, 'Its private keys stay in the vault. Give its certificates over there.')
  for (const { name, tls } of backends)
    if (tls?.clientCertificate)
      tell(name, 'The private key of its client certificate stays in the vault. Give it over there.')
  for (const { name, apiKeyHashes, basic, certificateSubjects, jwtClaims } of consumers)
    if (apiKeyHashes.length + basic.length + certificateSubjects.length + jwtClaims.length > 0)
      tell(name, 'Only hashes of its credentials are known, which nobody else can use. Give it new ones over there.')
  for (const { name } of jwtProviders) tell(name, 'Who issues tokens is not carried over.')
}
