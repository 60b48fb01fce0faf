import { hash } from 'node:crypto'
import type { BackendConfig, PlaneConfig, RuleConfig } from '../plane/config.ts'
import { isKongHeader, isKongPath } from './kong-texts.ts'
import { healthyStatuses, idOf, type Tell } from './plan.ts'

export type Weighted = { readonly backend: BackendConfig; readonly weight: number }

export const backendsOf = ({ backends }: PlaneConfig, rule: RuleConfig): Weighted[] =>
  rule.backends.flatMap(({ backend: name, weight }) => {
    const backend = backends.find((each) => each.name === name)
    return backend && weight > 0 ? [{ backend, weight }] : []
  })

/** Rules that share their requests alike share an upstream. */
export const upstreamName = ({ backends, sticky }: RuleConfig): string | null => {
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

export function upstreamOf(name: string, rule: RuleConfig, weighted: readonly Weighted[], tell: Tell): object {
  const [first] = weighted
  const sticky = rule.sticky?.kind === 'header' && !isKongHeader(rule.sticky.name) ? undefined : rule.sticky
  if (sticky !== rule.sticky)
    tell(name, `Kong takes no header named ${rule.sticky?.name}: its requests are not kept together.`)
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
    targets: targetsOf(weighted),
  }
}

/** Each endpoint once, as Kong wants it: backends may share one. */
function targetsOf(weighted: readonly Weighted[]): readonly { readonly target: string; readonly weight: number }[] {
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0)
  const weights = new Map<string, number>()
  for (const { backend, weight } of weighted) {
    const sum = backend.endpoints.reduce((all, endpoint) => all + endpoint.weight, 0)
    for (const { host, port, weight: own } of backend.endpoints) {
      const target = `${host.includes(':') ? `[${host}]` : host}:${port}`
      const share = own === 0 ? 0 : (weightTotal * weight * own) / (total * sum)
      weights.set(target, (weights.get(target) ?? 0) + share)
    }
  }
  return [...weights].map(([target, share]) => ({ target, weight: share === 0 ? 0 : Math.max(1, Math.round(share)) }))
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
