import { type Environment, type HealthStatus, nothingDeployed } from '#preload/deployment/environments.ts'

/** Something in an environment that is not healthy, or of which nothing can be told. */
export type Ailing = {
  readonly environment: string
  /** Null when it is about the environment as a whole, or its hosts. */
  readonly service: string | null
  readonly status: Exclude<HealthStatus, 'healthy'>
  readonly reason: string
}

const worstFirst: readonly HealthStatus[] = ['unhealthy', 'degraded', 'unknown']

/**
 * What is wrong in the environments, the worst first and later stages before earlier ones. One in which nothing is
 * deployed is no fault; one whose health cannot be told is, as `unknown`.
 *
 * @param scope only that environment; null for all.
 */
export function ailingOf(environments: readonly Environment[], scope: string | null): readonly Ailing[] {
  return environments
    .filter(({ name }) => scope === null || name === scope)
    .toSorted((a, b) => b.position - a.position)
    .flatMap((environment) => [...servicesOf(environment), ...wholeOf(environment)])
    .toSorted((a, b) => worstFirst.indexOf(a.status) - worstFirst.indexOf(b.status))
}

const servicesOf = ({ name: environment, health }: Environment): readonly Ailing[] =>
  health.services.flatMap(({ service, status, reasons, ready, desired, version }) => {
    if (status === 'healthy') return []
    const count = version === null ? 'No version of it was rolled out to the end.' : `${ready} of ${desired} ready.`
    return [{ environment, service, status, reason: version === null ? count : [count, ...reasons].join(' ') }]
  })

/** What is known of no service: that a host is away, or that nothing could be asked. */
function wholeOf({ name: environment, health }: Environment): readonly Ailing[] {
  const told = health.services.flatMap(({ reasons }) => reasons)
  const reasons =
    health.services.length === 0
      ? health.reasons.filter((reason) => reason !== nothingDeployed)
      : health.hosts.flatMap(({ reachable, says }) => (reachable ? [] : [says]))
  return [...new Set(reasons)]
    .filter((reason) => !told.includes(reason))
    .map((reason) => ({ environment, service: null, status: 'unknown', reason }))
}
