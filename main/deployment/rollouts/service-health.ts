import type { HealthStatus, ServiceHealth } from '#preload/deployment/environments.ts'
import type { VersionConfiguration } from '#preload/deployment/running-configuration.ts'
import type { Instance } from './engine.ts'
import { endedOf } from './ill-instance.ts'
import type { StoredPlacement } from './store.ts'

/** The health of a service by what its instances are now; those of other hosts count as well as can be told. */
export function serviceHealth(
  { service, version, port, desired }: StoredPlacement,
  instances: readonly Instance[],
  configuration: VersionConfiguration | null,
): ServiceHealth {
  if (version === null) return notYet(service, port, desired)
  const wanted = desired.versions.find((each) => each.version === version)
  const counted = instances.filter(({ index }) => index < (wanted?.replicas ?? 0))
  const answering = counted.filter((each) => each.ready)
  const ready = answering.filter(({ flaps }) => !flaps).length
  const reasons = counted.flatMap((each) => reasonsOf(version, each))
  const blind = counted.some(({ outOfReach }) => outOfReach !== null)
  return {
    ...{ service, version, ready, desired: wanted?.replicas ?? 0, reasons: [...new Set(reasons)] },
    status: wanted ? statusOf({ answering: answering.length, ready, wanted: wanted.replicas, blind }) : 'unknown',
    address: `http://127.0.0.1:${port}`,
    configuration,
  }
}

/** It has a place, and no version was kept there yet: nothing of it is meant to run but what a first rollout brings. */
function notYet(service: string, port: number, { versions }: StoredPlacement['desired']): ServiceHealth {
  const desired = versions.reduce((sum, { replicas }) => sum + replicas, 0)
  const reasons = [desired === 0 ? 'Not rolled out.' : 'It is being rolled out for the first time.']
  return {
    ...{ service, version: null, ready: 0, desired, reasons, status: 'unknown' },
    ...{ address: `http://127.0.0.1:${port}`, configuration: null },
  }
}

type Counts = {
  readonly answering: number
  /** Those that answer and can be trusted to stay. */
  readonly ready: number
  readonly wanted: number
  readonly blind: boolean
}

function statusOf({ answering, ready, wanted, blind }: Counts): HealthStatus {
  if (answering === 0) return 'unhealthy'
  // What answers serves, but nobody can look after it, so it is not as it should be.
  return ready < wanted || blind ? 'degraded' : 'healthy'
}

function reasonsOf(version: string, instance: Instance): string[] {
  const { index, ready, flaps, reason, outOfReach, lastEnd, endpoint } = instance
  if (outOfReach !== null) return [outOfReach]
  if (flaps) return [`${endedOf(version, instance)}, less than a minute ago.`]
  // Not its last line: nobody has taken the secrets out of it here.
  if (!ready && lastEnd !== null && endpoint === null) return [`${endedOf(version, instance)}.`]
  return ready ? [] : [`Instance ${index} of ${version} is not ready. ${reason ?? ''}`.trim()]
}
