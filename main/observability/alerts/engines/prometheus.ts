import type { Endpoint } from '#main/engines/http/endpoint.ts'
import { fingerprint } from '#main/engines/prometheus/fingerprint.ts'
import { createPrometheus, type Prometheus } from '#main/engines/prometheus/prometheus.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AlertEngine, ObservedAlert } from '../engine.ts'

/** Alerts of a Prometheus (HTTP API v1), and the graphs of their rules. */
export function prometheusEngine(endpoint: Endpoint): AlertEngine {
  const client = createPrometheus(endpoint)
  const externalLabels = rememberExternalLabels(client)
  return {
    async observe(signal) {
      const [build, alerts, alertmanagers, external] = await Promise.all([
        client.buildInfo(signal),
        client.alerts(signal),
        client.alertmanagers(signal),
        externalLabels(signal),
      ])
      return {
        alerts: alerts
          .filter((alert) => alert.state !== 'inactive')
          .map((alert): ObservedAlert => {
            // As it is sent to Alertmanagers, so that it is the same alert here and there.
            const labels = { ...external, ...alert.labels }
            return {
              labels,
              annotations: alert.annotations,
              state: alert.state === 'pending' ? 'pending' : 'firing',
              startsAt: Date.parse(alert.activeAt),
              fingerprint: fingerprint(labels),
              generatorUrl: '',
              receivers: [],
              silencedBy: [],
              inhibitedBy: [],
            }
          }),
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

/** What speaks the API of Prometheus without being one (Thanos, VictoriaMetrics) may not show a configuration. */
const notTold: ReadonlySet<string> = new Set(['not_found', 'unsupported', 'refused', 'forbidden'])

/** The external labels, read again only when the configuration was loaded again. */
function rememberExternalLabels(client: Prometheus) {
  let known: { readonly loadedAt: string; readonly labels: Readonly<Record<string, string>> } | null = null
  return async (signal: AbortSignal): Promise<Readonly<Record<string, string>>> => {
    try {
      const loadedAt = await client.configurationLoadedAt(signal)
      if (known?.loadedAt !== loadedAt) known = { loadedAt, labels: await client.externalLabels(signal) }
      return known.labels
    } catch (thrown) {
      if (thrown instanceof AppError && notTold.has(thrown.code)) return {}
      throw thrown
    }
  }
}
