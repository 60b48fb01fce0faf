import { fingerprint } from '#main/engines/prometheus/fingerprint.ts'
import type { AlertEngine, ObservedAlert } from '../engine.ts'

/** What this adapter needs of the embedded metrics engine. */
export type EmbeddedRules = {
  readonly alerts: () => readonly {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
    readonly state: 'pending' | 'firing'
    /** Milliseconds since the epoch. */
    readonly activeAt: number
    readonly rule: string
    readonly expr: string
  }[]
  readonly range: (
    expression: string,
    from: number,
    to: number,
    stepMs: number,
  ) => {
    readonly series: readonly {
      readonly labels: Readonly<Record<string, string>>
      /** Milliseconds since the epoch, ascending; one value each. */
      readonly at: ArrayLike<number>
      readonly values: ArrayLike<number>
    }[]
  }
}

/** The built-in rules over this machine's own metrics. */
export function embeddedEngine(rules: EmbeddedRules, hostname: string): AlertEngine {
  const withHost = (labels: Readonly<Record<string, string>>) => ({ instance: hostname, ...labels })
  return {
    observe: async () => ({
      alerts: rules.alerts().map((alert): ObservedAlert => {
        const labels = withHost(alert.labels)
        return {
          labels,
          annotations: alert.annotations,
          state: alert.state,
          startsAt: alert.activeAt,
          fingerprint: fingerprint(labels),
          generatorUrl: '',
          receivers: [],
          silencedBy: [],
          inhibitedBy: [],
        }
      }),
      silences: null,
      cluster: [],
      deliversElsewhere: false,
      version: null,
    }),
    range: async (expression, from, to, step) => ({
      series: rules.range(expression, from, to, step * 1000).series.map(({ labels: own, at, values }) => ({
        labels: own,
        points: Array.from(at, (ms, index): [number, number] => [ms / 1000, values[index] ?? Number.NaN]),
      })),
    }),
    expression: async (labels) =>
      rules.alerts().find((alert) => alert.labels.alertname === labels.alertname)?.expr ?? null,
    close: async () => {},
  }
}
