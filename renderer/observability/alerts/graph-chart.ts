import type { AlertGraph } from '#preload/observability/alerts.ts'
import { alignSeries, type Band, type Threshold, type TimeSeries } from '#renderer/ui/chart/series.ts'

type Series = Extract<AlertGraph, { kind: 'series' }>
type Labels = Readonly<Record<string, string>>

/** What tells a series apart from the alert; its name where nothing does. */
function seriesName(labels: Labels, alert: Labels): string {
  const own = Object.entries(labels).filter(([name, value]) => name !== '__name__' && alert[name] !== value)
  if (own.length > 0) return own.map(([name, value]) => `${name}=${value}`).join(', ')
  return labels.__name__ ?? 'value'
}

/** Names that differ, because the chart tells its lines apart by them. */
function distinct(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name} (${count})`
  })
}

const seconds = (at: string): number => Date.parse(at) / 1000

/** The answer as the chart takes it: one time axis, lines with distinct names, the threshold, and bands while it fired. */
export function chartOf(
  graph: Series,
  alert: Labels,
  tone: Band['tone'],
): {
  readonly times: readonly number[]
  readonly series: readonly TimeSeries[]
  readonly bands: readonly Band[]
  readonly threshold: Threshold | undefined
} {
  const { times, values } = alignSeries(
    graph.series.map(({ points }) => ({ times: points.map(([at]) => at), values: points.map(([, value]) => value) })),
  )
  const names = distinct(graph.series.map(({ labels }) => seriesName(labels, alert)))
  const { threshold } = graph
  return {
    times,
    series: values.map((line, at) => ({ label: names[at] ?? 'value', values: line })),
    bands: graph.firing.map(({ from, to }) => ({
      from: seconds(from),
      to: to === null ? null : seconds(to),
      label: 'firing',
      tone,
    })),
    threshold:
      threshold === null
        ? undefined
        : { value: threshold.value, label: `threshold ${threshold.operator} ${threshold.value}` },
  }
}
