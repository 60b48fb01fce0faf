import type { ReadingPorts } from '#main/deployment/rollouts/readings.ts'
import type { Remote } from '#main/kernel/worker/channel.ts'
import type { InboxMethods } from '#main/observability/alerts/inbox/methods.ts'
import { AppError } from '#preload/contract/error.ts'
import { alertFilter } from '#preload/observability/alerts.ts'

/** How many alerts fire now. Where a source of the environment tells nothing, that is not known. */
export const firingAlerts =
  (inbox: Pick<Remote<InboxMethods>, 'ids' | 'sourceStates'>): ReadingPorts['alerts'] =>
  async (environment, matchers, signal) => {
    const sources = (await inbox.sourceStates({}, signal)).filter((source) => source.environment === environment)
    if (sources.length === 0)
      throw new AppError('unreachable', `No source of alerts is connected for ${environment}.`, {
        hint: 'Connect an Alertmanager or a Prometheus of this environment.',
      })
    const silent = sources.find(({ status }) => status !== 'live')
    if (silent) throw new AppError('unreachable', `${silent.name} tells nothing now, so what fires is not known.`)
    const states = ['firing', 'acknowledged'] as const
    const filter = alertFilter.parse({ matchers, states: [...states], environments: [environment] })
    return (await inbox.ids(filter, signal)).length
  }
