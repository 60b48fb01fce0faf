import type { Endpoint } from '#main/engines/http/endpoint.ts'
import { createAlertmanager } from '#main/engines/prometheus/alertmanager.ts'
import type { AlertEngine, ObservedAlert } from '../engine.ts'

/** Alerts and silences of an Alertmanager (API v2). */
export function alertmanagerEngine(endpoint: Endpoint): AlertEngine {
  const client = createAlertmanager(endpoint)
  return {
    async observe(signal) {
      const [status, alerts, silences] = await Promise.all([
        client.status(signal),
        client.alerts({}, signal),
        client.silences(signal),
      ])
      return {
        alerts: alerts.map(
          (alert): ObservedAlert => ({
            labels: alert.labels,
            annotations: alert.annotations,
            state:
              alert.status.state !== 'suppressed'
                ? 'firing'
                : alert.status.silencedBy.length > 0
                  ? 'silenced'
                  : 'inhibited',
            startsAt: Date.parse(alert.startsAt),
            fingerprint: alert.fingerprint,
            generatorUrl: alert.generatorURL ?? '',
            receivers: alert.receivers.map((receiver) => receiver.name),
            silencedBy: alert.status.silencedBy,
            inhibitedBy: alert.status.inhibitedBy,
          }),
        ),
        silences: silences.map((silence) => ({
          id: silence.id,
          state: silence.status.state,
          matchers: silence.matchers.map(({ name, value, isRegex, isEqual }) => ({
            name,
            value,
            isRegex,
            isEqual: isEqual ?? true,
          })),
          startsAt: Date.parse(silence.startsAt),
          endsAt: Date.parse(silence.endsAt),
          createdBy: silence.createdBy,
          comment: silence.comment,
          updatedAt: Date.parse(silence.updatedAt),
        })),
        cluster: status.cluster.peers?.map((peer) => peer.name) ?? [],
        deliversElsewhere: false,
        version: status.versionInfo.version,
      }
    },
    range: null,
    expression: null,
    close: () => client.close(),
  }
}
