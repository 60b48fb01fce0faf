import type { HttpFilter, ObjectOf, PathModifier } from './gateway-api-kinds.ts'
import type { PlaneConfigInput } from './plane/config.ts'

type Rule = PlaneConfigInput['routes'][number]['rules'][number]
type Match = NonNullable<Rule['matches']>[number]
type Filter = NonNullable<Rule['filters']>[number]
type HttpRule = ObjectOf<'HTTPRoute'>['spec']['rules'][number]
type GrpcRule = ObjectOf<'GRPCRoute'>['spec']['rules'][number]
/** The name of the backend that a reference means; null when there is none, which it has then told. */
export type ResolveBackend = (
  ref: {
    readonly name: string
    readonly namespace?: string | undefined
    readonly kind?: string | undefined
    readonly group?: string | undefined
  },
  path: string,
) => string | null

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }

/** Milliseconds of a GEP-2257 duration. */
export const durationMs = (text: string): number =>
  [...text.matchAll(/([0-9]+)(ms|h|m|s)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0),
    0,
  )

export function httpRule(rule: HttpRule, path: string, resolve: ResolveBackend): Rule {
  const { timeouts, retry, sessionPersistence } = rule
  return {
    matches: rule.matches.map(httpMatch),
    filters: rule.filters.flatMap((filter, index) => filterOf(filter, `${path}.filters.${index}`, resolve)),
    backends: backendsOf(rule.backendRefs, path, resolve),
    ...(timeouts
      ? {
          timeouts: {
            requestMs: durationMs(timeouts.request ?? '0s'),
            backendRequestMs: durationMs(timeouts.backendRequest ?? '0s'),
          },
        }
      : {}),
    ...(retry
      ? {
          retry: {
            attempts: retry.attempts ?? 1,
            codes: retry.codes ?? [],
            backoffMs: durationMs(retry.backoff ?? '0s'),
          },
        }
      : {}),
    ...stickyOf(sessionPersistence),
  }
}

/** gRPC over HTTP/2: `/package.Service/Method`. */
export function grpcRule(rule: GrpcRule, path: string, resolve: ResolveBackend): Rule {
  return {
    matches: rule.matches.map(({ method, headers }) => ({ path: grpcPath(method), headers: headers.map(valueMatch) })),
    filters: rule.filters.flatMap((filter, index) => filterOf(filter, `${path}.filters.${index}`, resolve)),
    backends: backendsOf(rule.backendRefs, path, resolve),
    ...stickyOf(rule.sessionPersistence),
  }
}

function grpcPath(method: GrpcRule['matches'][number]['method']): NonNullable<Match['path']> {
  const { service, method: called } = method ?? {}
  if (service !== undefined && called !== undefined) return { kind: 'exact', value: `/${service}/${called}` }
  if (service !== undefined) return { kind: 'prefix', value: `/${service}` }
  if (called !== undefined) return { kind: 'regex', value: `/[^/]+/${called.replace(/[^A-Za-z0-9_]/g, '\\$&')}` }
  return { kind: 'prefix', value: '/' }
}

const stickyOf = (session: HttpRule['sessionPersistence']): Pick<Rule, 'sticky'> =>
  session ? { sticky: { kind: session.type === 'Cookie' ? 'cookie' : 'header', name: session.sessionName } } : {}

function backendsOf(
  refs: HttpRule['backendRefs'],
  path: string,
  resolve: ResolveBackend,
): NonNullable<Rule['backends']> {
  return refs.flatMap((ref, index) => {
    const backend = resolve(ref, `${path}.backendRefs.${index}`)
    return backend === null ? [] : [{ backend, weight: ref.weight }]
  })
}

const pathKinds = { Exact: 'exact', PathPrefix: 'prefix', RegularExpression: 'regex' } as const
const valueMatch = ({ type, name, value }: { type: 'Exact' | 'RegularExpression'; name: string; value: string }) => ({
  name,
  value,
  kind: type === 'Exact' ? ('exact' as const) : ('regex' as const),
})

function httpMatch({ path, headers, queryParams, method }: HttpRule['matches'][number]): Match {
  return {
    path: path ? { kind: pathKinds[path.type], value: path.value } : { kind: 'prefix', value: '/' },
    headers: headers.map(valueMatch),
    query: queryParams.map(valueMatch),
    ...(method === undefined ? {} : { method }),
  }
}

const pathChange = (path: PathModifier | undefined) => {
  if (path === undefined) return {}
  if (path.type === 'ReplaceFullPath') return { path: { kind: 'full' as const, value: path.replaceFullPath } }
  return { path: { kind: 'prefix' as const, value: path.replacePrefixMatch } }
}

function filterOf(filter: HttpFilter, path: string, resolve: ResolveBackend): Filter[] {
  switch (filter.type) {
    case 'RequestHeaderModifier':
      return [{ kind: 'requestHeaders', ...filter.requestHeaderModifier }]
    case 'ResponseHeaderModifier':
      return [{ kind: 'responseHeaders', ...filter.responseHeaderModifier }]
    case 'RequestMirror': {
      const { backendRef, percent, fraction } = filter.requestMirror
      const backend = resolve(backendRef, `${path}.requestMirror.backendRef`)
      const share = percent ?? (fraction ? (100 * fraction.numerator) / fraction.denominator : 100)
      return backend === null ? [] : [{ kind: 'mirror', backend, percent: share }]
    }
    case 'RequestRedirect': {
      const { statusCode, path: change, scheme, hostname, port } = filter.requestRedirect
      const stated = { ...(scheme ? { scheme } : {}), ...(hostname ? { hostname } : {}), ...(port ? { port } : {}) }
      return [{ kind: 'redirect', status: statusCode, ...stated, ...pathChange(change) }]
    }
    case 'URLRewrite': {
      const { hostname, path: change } = filter.urlRewrite
      return [{ kind: 'rewrite', ...(hostname ? { hostname } : {}), ...pathChange(change) }]
    }
    case 'CORS': {
      const {
        allowOrigins,
        allowCredentials = false,
        allowMethods = [],
        allowHeaders = [],
        exposeHeaders = [],
        maxAge = 5,
      } = filter.cors
      return [
        {
          kind: 'cors',
          allowOrigins,
          allowCredentials,
          allowMethods,
          allowHeaders,
          exposeHeaders,
          maxAgeSeconds: maxAge,
        },
      ]
    }
  }
}
