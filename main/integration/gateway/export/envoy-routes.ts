import type { MatchConfig, RuleConfig } from '../plane/config.ts'
import { closed, closedStatus, escaped, type FilterOf, filterOf, idOf, type PlannedRoute, type Tell } from './plan.ts'

const types = 'type.googleapis.com/envoy.extensions'
const seconds = (ms: number): string => `${ms / 1_000}s`
const codes = {
  301: 'MOVED_PERMANENTLY',
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
} as const

/** One match of a rule as a route of Envoy, which takes the first that fits. */
export function envoyRoute({ id, at, match, rule }: PlannedRoute, tell: Tell): object {
  const base = { name: id, match: matchOf(match), ...headerChanges(rule) }
  if (rule.auth) {
    tell(at, closed('Who calls is not asked by what is exported.'))
    return { ...base, direct_response: { status: closedStatus } }
  }
  const redirect = filterOf(rule, 'redirect')
  if (redirect) return { ...base, redirect: redirectOf(redirect) }
  if (rule.backends.every(({ weight }) => weight === 0)) {
    tell(at, `It has no backend, so it answers ${closedStatus}.`)
    return { ...base, direct_response: { status: closedStatus } }
  }
  if (rule.bodyLimitBytes !== undefined) tell(at, 'Envoy bounds a body only by buffering it. Add the buffer filter.')
  if (rule.compression) tell(at, 'Answers are not compressed. Add the compressor filter.')
  return { ...base, route: actionOf(rule, match, at, tell), ...perRoute(rule, at, tell) }
}

const stringMatch = ({ kind, value }: { readonly kind: 'exact' | 'regex'; readonly value: string }): object =>
  kind === 'exact' ? { exact: value } : { safe_regex: { regex: value } }

function matchOf({ path, method, headers, query }: MatchConfig): object {
  const prefix = path.value.replace(/\/+$/, '')
  const paths =
    path.kind === 'exact'
      ? { path: path.value }
      : path.kind === 'regex'
        ? { safe_regex: { regex: path.value } }
        : prefix === ''
          ? { prefix: '/' }
          : { path_separated_prefix: prefix }
  const asked = [
    ...(method === undefined ? [] : [{ name: ':method', string_match: { exact: method } }]),
    ...headers.map((header) => ({ name: header.name, string_match: stringMatch(header) })),
  ]
  return {
    ...paths,
    ...(asked.length > 0 ? { headers: asked } : {}),
    ...(query.length > 0
      ? { query_parameters: query.map((each) => ({ name: each.name, string_match: stringMatch(each) })) }
      : {}),
  }
}

function redirectOf({ scheme, hostname, port, path, status }: FilterOf<'redirect'>): object {
  return {
    response_code: codes[status],
    ...(scheme ? { scheme_redirect: scheme } : {}),
    ...(hostname ? { host_redirect: hostname } : {}),
    ...(port ? { port_redirect: port } : {}),
    ...(path?.kind === 'full' ? { path_redirect: path.value } : {}),
    ...(path?.kind === 'prefix' ? { prefix_rewrite: path.value || '/' } : {}),
  }
}

function actionOf(rule: RuleConfig, match: MatchConfig, at: string, tell: Tell): object {
  const { backends, timeouts, retry, sticky } = rule
  const [first] = backends
  if (timeouts.backendRequestMs > 0 && retry.attempts === 0)
    tell(at, 'Envoy bounds attempts only where it tries again.')
  const rewrite = filterOf(rule, 'rewrite')
  const mirrors = rule.filters.filter((filter): filter is FilterOf<'mirror'> => filter.kind === 'mirror')
  return {
    ...(backends.length === 1
      ? { cluster: idOf(first?.backend ?? '') }
      : {
          weighted_clusters: { clusters: backends.map(({ backend, weight }) => ({ name: idOf(backend), weight })) },
        }),
    ...{ timeout: seconds(timeouts.requestMs), idle_timeout: seconds(timeouts.idleMs) },
    ...(retry.attempts > 0 ? { retry_policy: retryOf(rule) } : {}),
    ...(rewrite?.hostname ? { host_rewrite_literal: rewrite.hostname } : {}),
    ...(rewrite?.path ? pathRewrite(rewrite.path, match) : {}),
    ...(mirrors.length > 0
      ? {
          request_mirror_policies: mirrors.map(({ backend, percent }) => ({
            cluster: idOf(backend),
            runtime_fraction: {
              default_value: { numerator: Math.round(percent * 10_000), denominator: 'MILLION' },
            },
          })),
        }
      : {}),
    ...(sticky
      ? {
          hash_policy: [
            sticky.kind === 'cookie'
              ? { cookie: { name: sticky.name, path: '/', ttl: '0s' } }
              : { header: { header_name: sticky.name } },
          ],
        }
      : {}),
  }
}

const retryOf = ({ retry, timeouts }: RuleConfig): object => ({
  retry_on: ['connect-failure', 'refused-stream', ...(retry.codes.length > 0 ? ['retriable-status-codes'] : [])].join(
    ',',
  ),
  num_retries: retry.attempts,
  ...(retry.codes.length > 0 ? { retriable_status_codes: [...retry.codes] } : {}),
  ...(retry.backoffMs > 0 ? { retry_back_off: { base_interval: seconds(retry.backoffMs) } } : {}),
  ...(timeouts.backendRequestMs > 0 ? { per_try_timeout: seconds(timeouts.backendRequestMs) } : {}),
})

/** By an expression, so that no slash is doubled and none is lost. */
function pathRewrite({ kind, value }: NonNullable<FilterOf<'rewrite'>['path']>, { path }: MatchConfig): object {
  if (kind === 'full')
    return { regex_rewrite: { pattern: { regex: '^/.*$' }, substitution: value.replace(/\\/g, '\\\\') } }
  return {
    regex_rewrite: {
      pattern: { regex: `^${escaped(path.value.replace(/\/+$/, ''))}/?(.*)$` },
      substitution: `${value.replace(/\/+$/, '').replace(/\\/g, '\\\\')}/\\1`,
    },
  }
}

function headerChanges(rule: RuleConfig): object {
  const request = filterOf(rule, 'requestHeaders')
  const response = filterOf(rule, 'responseHeaders')
  const changed = ({ set, add }: Pick<FilterOf<'requestHeaders'>, 'set' | 'add'>): object[] => [
    ...set.map(({ name, value }) => headerOf(name, value, 'OVERWRITE_IF_EXISTS_OR_ADD')),
    ...add.map(({ name, value }) => headerOf(name, value, 'APPEND_IF_EXISTS_OR_ADD')),
  ]
  return {
    ...(request ? { request_headers_to_add: changed(request), request_headers_to_remove: [...request.remove] } : {}),
    ...(response
      ? { response_headers_to_add: changed(response), response_headers_to_remove: [...response.remove] }
      : {}),
  }
}

/** Envoy takes % for the beginning of a variable. */
const headerOf = (key: string, value: string, append_action: string): object => ({
  header: { key, value: value.replaceAll('%', '%%') },
  append_action,
})

function perRoute(rule: RuleConfig, at: string, tell: Tell): object {
  const cors = filterOf(rule, 'cors')
  const { rateLimit } = rule
  if (rateLimit && rateLimit.per !== 'route')
    tell(at, `Envoy limits here only per route. The limit per ${rateLimit.per} is left out.`)
  const filters = {
    ...(cors ? { 'envoy.filters.http.cors': corsOf(cors) } : {}),
    ...(rateLimit?.per === 'route' ? { 'envoy.filters.http.local_ratelimit': limitOf(rateLimit) } : {}),
  }
  return Object.keys(filters).length > 0 ? { typed_per_filter_config: filters } : {}
}

const corsOf = (filter: FilterOf<'cors'>): object => ({
  '@type': `${types}.filters.http.cors.v3.CorsPolicy`,
  allow_origin_string_match: filter.allowOrigins.map((origin) =>
    origin.includes('*') ? { safe_regex: { regex: origin.split('*').map(escaped).join('.*') } } : { exact: origin },
  ),
  allow_methods: filter.allowMethods.join(','),
  allow_headers: filter.allowHeaders.join(','),
  expose_headers: filter.exposeHeaders.join(','),
  ...{ allow_credentials: filter.allowCredentials, max_age: String(filter.maxAgeSeconds) },
})

const limitOf = ({ requests, windowMs }: NonNullable<RuleConfig['rateLimit']>): object => ({
  '@type': `${types}.filters.http.local_ratelimit.v3.LocalRateLimit`,
  stat_prefix: 'limited',
  token_bucket: { max_tokens: requests, tokens_per_fill: requests, fill_interval: seconds(windowMs) },
  filter_enabled: { default_value: { numerator: 100, denominator: 'HUNDRED' } },
  filter_enforced: { default_value: { numerator: 100, denominator: 'HUNDRED' } },
})
