import { iso } from '#main/kernel/clock.ts'
import type { VersionMeasurement, VersionWindow } from '#preload/deployment/measurement.ts'
import type { Target, Traffic } from './engine.ts'
import type { StoredPlacement } from './store.ts'

/** The versions that are to run, side by side: what they are asked, how they answer, how many of them are ready. */
export async function measureVersions(
  { target, traffic }: { readonly target: Target; readonly traffic: Traffic },
  { environment, service, desired }: StoredPlacement,
  since: string,
): Promise<VersionMeasurement[]> {
  const measured = await traffic.measure(environment, service, since)
  return Promise.all(
    desired.versions.map(async ({ version, weight, replicas }) => {
      const instances = await target.observe({ environment, service, version })
      const windows = measured.find((each) => each.version === version)?.windows ?? []
      return {
        ...{
          version,
          weight,
          desired: replicas,
          ready: instances.filter(({ ready, flaps }) => ready && !flaps).length,
        },
        requests: windows.reduce((sum, window) => sum + window.requests, 0),
        errors: windows.reduce((sum, window) => sum + window.errors, 0),
        ...{ p50: over(windows, 'p50'), p95: over(windows, 'p95'), p99: over(windows, 'p99') },
        windows: windows.map(({ at, requests, errors, p50, p95, p99 }) => ({ at, requests, errors, p50, p95, p99 })),
      }
    }),
  )
}

/** The same in steps of so many seconds, and so in less room. Within a step a quantile is the mean of those measured. */
export function coarser(measured: VersionMeasurement, seconds: number): VersionMeasurement {
  const stepOf = ({ at }: VersionWindow): number => Math.floor(Date.parse(at) / (seconds * 1_000))
  const windows = [...Map.groupBy(measured.windows, stepOf)].map(([step, within]) => ({
    at: iso(step * seconds * 1_000),
    requests: within.reduce((sum, window) => sum + window.requests, 0),
    errors: within.reduce((sum, window) => sum + window.errors, 0),
    ...{ p50: over(within, 'p50'), p95: over(within, 'p95'), p99: over(within, 'p99') },
  }))
  return { ...measured, windows }
}

/** The mean of a quantile over windows, weighted by their requests. */
function over(windows: readonly VersionWindow[], quantile: 'p50' | 'p95' | 'p99'): number | null {
  let requests = 0
  let sum = 0
  for (const window of windows) {
    const value = window[quantile]
    if (value === null) continue
    requests += window.requests
    sum += value * window.requests
  }
  return requests === 0 ? null : sum / requests
}
