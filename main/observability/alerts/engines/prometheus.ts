import type { Endpoint } from '#main/engines/http/endpoint.ts'
import { fingerprint } from '#main/engines/prometheus/fingerprint.ts'
import { createPrometheus } from '#main/engines/prometheus/prometheus.ts'
import type { AlertEngine, ObservedAlert } from '../engine.ts'

/** Alerts of a Prometheus (HTTP API v1), and the graphs of their rules. */
export function prometheusEngine(endpoint: Endpoint): AlertEngine {
  const client = createPrometheus(endpoint)
  return {
    async observe(signal) {
      const [build, alerts, alertmanagers] = await Promise.all([
        client.buildInfo(signal),
        client.alerts(signal),
        client.alertmanagers(signal),
      ])
      return {
        alerts: alerts
          .filter((alert) => alert.state !== 'inactive')
          .map(
            (alert): ObservedAlert => ({
              labels: alert.labels,
              annotations: alert.annotations,
              state: alert.state === 'pending' ? 'pending' : 'firing',
              startsAt: Date.parse(alert.activeAt),
              fingerprint: fingerprint(alert.labels),
              generatorUrl: '',
              receivers: [],
              silencedBy: [],
              inhibitedBy: [],
            }),
          ),
        silences: null,
        cluster: [],
        deliversElsewhere: alertmanagers.active.length > 0,
        version: build.version,
      }
    },
    async range(expression, from, to, step, signal) {
      const { series } = await client.queryRange(
        { query: expression, start: from / 1000, end: to / 1000, step },
        signal,
      )
      return { series: series.map(({ metric, values }) => ({ labels: metric, points: values })) }
    },
    async expression(labels, signal) {
      const groups = await client.rules(signal)
      const named = groups
        .flatMap((group) => group.rules)
        .filter((rule) => rule.type === 'alerting' && rule.name === labels.alertname)
      const exact = named.find((rule) => Object.entries(rule.labels).every(([name, value]) => labels[name] === value))
      return (exact ?? named[0])?.query ?? null
    },
    close: () => client.close(),
  }
}
