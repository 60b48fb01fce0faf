import { inEnvironment, type ResourcesOf } from '#main/kernel/service.ts'
import type { alerts } from '#preload/observability/alerts.ts'

/** An alert's id begins with its environment, whose name has no dot. */
const environmentOf = (id: string): string => id.slice(0, Math.max(0, id.indexOf('.')))

const ofAlerts = ({ ids }: { readonly ids: readonly string[] }) =>
  [...new Set(ids.map(environmentOf))].map((environment) => inEnvironment(environment))

/** The environments of alerts, for the policies. */
export const alertResources: ResourcesOf<typeof alerts> = {
  acknowledge: ofAlerts,
  unacknowledge: ofAlerts,
  assign: ofAlerts,
  note: ofAlerts,
}
