import type { EmbeddedRule, HostReading, MetricSeries } from '#preload/observability/metrics.ts'
import type { Metrics } from './metrics.ts'

type NoInput = Readonly<Record<string, never>>

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The embedded metrics engine as it is called across the thread. */
export const metricsMethods = (metrics: Metrics) => ({
  hostReading: (_: NoInput): HostReading | null => metrics.latest(),

  range({ expression, from, to, points }: { expression: string; from: number; to: number; points: number }): {
    series: MetricSeries[]
    stepSeconds: number
  } {
    const stepSeconds = Math.max(1, Math.ceil((to - from) / 1000 / points))
    const { series } = metrics.range(expression, from, to, stepSeconds * 1000)
    return {
      stepSeconds,
      series: series.map(({ labels, at, values }) => ({
        labels: { ...labels },
        points: Array.from(at, (ms, index): [number, number | null] => [
          ms / 1000,
          finite(values[index] ?? Number.NaN),
        ]),
      })),
    }
  },

  instant({ expression, at }: { expression: string; at: number | null }): {
    series: { labels: Record<string, string>; value: number | null }[]
  } {
    const result = metrics.instant(expression, at ?? Date.now())
    if (result.kind === 'scalar') return { series: [{ labels: {}, value: finite(result.value) }] }
    if (result.kind !== 'vector') return { series: [] }
    return { series: result.samples.map(({ labels, value }) => ({ labels: { ...labels }, value: finite(value) })) }
  },

  rules: (_: NoInput): EmbeddedRule[] => metrics.rules(),
  watch: metrics.watch,
  pruneMetrics: (_: NoInput): number => metrics.prune(),
})

export type MetricsMethods = ReturnType<typeof metricsMethods>
