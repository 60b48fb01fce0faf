import type { GatewayRoute } from '#preload/integration/gateway.ts'
import type { RouteMeasurement } from './plane/report.ts'

const rateOverMs = 10_000

const keyOf = (route: string | null, backend: string | null): string => `${route ?? ''}\n${backend ?? ''}`

/** Every pair that is in force or was asked, with what was measured of it; by route, then by backend. */
export function routesOf(
  measured: readonly RouteMeasurement[],
  pairs: readonly (readonly [route: string, backend: string])[],
  now: number,
): GatewayRoute[] {
  const inForce = new Set(pairs.map(([route, backend]) => keyOf(route, backend)))
  const told = measured
    .map((each) => measuredRoute(each, now))
    .filter(({ route, backend, requests, inFlight }) => requests + inFlight > 0 || inForce.has(keyOf(route, backend)))
  const known = new Set(told.map(({ route, backend }) => keyOf(route, backend)))
  const silent = pairs.filter(([route, backend]) => !known.has(keyOf(route, backend)))
  return [...told, ...silent.map(([route, backend]) => ({ ...nothing, route, backend }))].toSorted((a, b) =>
    keyOf(a.route, a.backend) < keyOf(b.route, b.backend) ? -1 : 1,
  )
}

const nothing = { requests: 0, errors: 0, requestsPerSecond: 0, inFlight: 0, p50: null, p95: null, p99: null } as const

function measuredRoute({ route, backend, interval, totals, windows }: RouteMeasurement, now: number): GatewayRoute {
  const { requests, errors, p50, p95, p99 } = interval
  const recent = windows.filter(({ at }) => Date.parse(at) > now - rateOverMs)
  const asked = requests > 0
  return {
    ...{ route: route === '' ? null : route, backend, requests, errors, inFlight: totals.inFlight },
    requestsPerSecond: recent.reduce((sum, window) => sum + window.requests, 0) / (rateOverMs / 1_000),
    ...{ p50: asked ? p50 : null, p95: asked ? p95 : null, p99: asked ? p99 : null },
  }
}
