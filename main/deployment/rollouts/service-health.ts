import type { HealthStatus, ServiceHealth } from '#preload/deployment/environments.ts'
import type { VersionConfiguration } from '#preload/deployment/running-configuration.ts'
import type { Instance } from './engine.ts'
import type { StoredPlacement } from './store.ts'

/** The health of a service by what its instances are now; those of other hosts count as well as can be told. */
export function serviceHealth(
  { service, version, port, desired }: StoredPlacement,
  instances: readonly Instance[],
  configuration: VersionConfiguration | null,
): ServiceHealth {
  const wanted = desired.versions.find((each) => each.version === version)
  const counted = instances.filter(({ index }) => index < (wanted?.replicas ?? 0))
  const ready = counted.filter((each) => each.ready).length
  const reasons = counted.flatMap((each) => reasonsOf(each))
  const known = version !== null && wanted !== undefined
  const blind = counted.some(({ outOfReach }) => outOfReach !== null)
  return {
    ...{ service, version, ready, desired: wanted?.replicas ?? 0, reasons: [...new Set(reasons)] },
    status: known ? statusOf(ready, wanted.replicas, blind) : 'unknown',
    address: `http://127.0.0.1:${port}`,
    configuration,
  }
}

function statusOf(ready: number, wanted: number, blind: boolean): HealthStatus {
  if (ready === 0) return 'unhealthy'
  // What answers serves, but nobody can look after it, so it is not as it should be.
  return ready < wanted || blind ? 'degraded' : 'healthy'
}

function reasonsOf({ index, ready, reason, outOfReach }: Instance): string[] {
  if (outOfReach !== null) return [outOfReach]
  return ready ? [] : [`Instance ${index} is not ready. ${reason ?? ''}`.trim()]
}
