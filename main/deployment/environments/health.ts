import {
  type Environment,
  type HealthStatus,
  type HostState,
  nothingDeployed,
  type ServiceHealth,
} from '#preload/deployment/environments.ts'

type Health = Environment['health']

const worstFirst: readonly HealthStatus[] = ['unhealthy', 'degraded', 'unknown', 'healthy']

/** The health of an environment is that of its worst service; where nothing runs, nothing is known. */
export function healthOf(
  placed: readonly ServiceHealth[],
  checkedAt: string,
  hosts: readonly HostState[] = [],
): Health {
  // One that has only a place is not rolled out.
  const services = placed.filter(({ version, desired }) => version !== null || desired > 0)
  const away = hosts.filter(({ reachable }) => !reachable).map(({ says }) => says)
  if (services.length === 0)
    return {
      ...nothingKnown(nothingDeployed, ...away),
      ...(hosts.length > 0 ? { checkedAt } : {}),
      hosts: [...hosts],
    }
  const status = worstFirst.find((one) => services.some((service) => service.status === one)) ?? 'unknown'
  const told = services.flatMap(reasonsOf)
  const untold = away.filter((says) => !told.some((reason) => reason.endsWith(says)))
  return { status, reasons: [...told, ...untold], checkedAt, services: [...services], hosts: [...hosts] }
}

export const nothingKnown = (...reasons: readonly string[]): Health => ({
  status: 'unknown',
  reasons: [...reasons],
  checkedAt: null,
  services: [],
  hosts: [],
})

const reasonsOf = ({ service, status, reasons, ready, desired }: ServiceHealth): string[] => {
  if (status === 'healthy') return []
  const told = reasons.length > 0 ? reasons : [`${ready} of ${desired} ready.`]
  return told.map((reason) => `${service}: ${reason}`)
}
