import type { Environment, HealthStatus, ServiceHealth } from '#preload/deployment/environments.ts'

type Health = Environment['health']

const worstFirst: readonly HealthStatus[] = ['unhealthy', 'degraded', 'unknown', 'healthy']

/** The health of an environment is that of its worst service; where nothing runs, nothing is known. */
export function healthOf(services: readonly ServiceHealth[], checkedAt: string): Health {
  if (services.length === 0) return nothingKnown('Nothing is deployed here.')
  const status = worstFirst.find((one) => services.some((service) => service.status === one)) ?? 'unknown'
  return { status, reasons: services.flatMap(reasonsOf), checkedAt, services: [...services] }
}

export const nothingKnown = (reason: string): Health => ({
  status: 'unknown',
  reasons: [reason],
  checkedAt: null,
  services: [],
})

const reasonsOf = ({ service, status, reasons, ready, desired }: ServiceHealth): string[] => {
  if (status === 'healthy') return []
  const told = reasons.length > 0 ? reasons : [`${ready} of ${desired} ready.`]
  return told.map((reason) => `${service}: ${reason}`)
}
