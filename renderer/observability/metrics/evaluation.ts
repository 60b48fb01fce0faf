import type { MetricSeries } from '#preload/observability/metrics.ts'
import type { TimeSeries } from '#renderer/ui/chart/series.ts'

/** Samples across a chart; a screen has not many more pixels. */
export const chartPoints = 400

/** Epoch milliseconds. */
export type Stretch = { readonly from: number; readonly to: number }

/** Seconds between two samples of a range query, as the contract of `metrics.range` defines it. */
export const stepOf = ({ from, to }: Stretch): number => Math.max(1, Math.ceil((to - from) / 1_000 / chartPoints))

/** Readings come every 5 s; older than two days only one of five minutes is kept. */
const wholeForMs = 2 * 86_400_000

/** How far a rate looks back: over several readings, and over several steps so that none is skipped. */
export function rateWindow(stretch: Stretch, now: number): string {
  const seconds = Math.max(60, 2 * stepOf(stretch), now - stretch.from > wholeForMs ? 900 : 0)
  return `${seconds}s`
}

/** Seconds between two looks while time goes on: every reading, but not more often than the chart could show. */
export const refreshSeconds = (stretch: Stretch): number => Math.min(60, Math.max(5, Math.round(stepOf(stretch) / 2)))

/** Names that tell the lines apart; equal ones are numbered. */
function distinct(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name} (${count})`
  })
}

/** A range query's answer, with the name of each of its series. */
export type Answer = {
  readonly series: readonly MetricSeries[]
  readonly stepSeconds: number
  readonly label: (labels: Readonly<Record<string, string>>) => string
  readonly dashed?: boolean | undefined
}

/**
 * Answers over one stretch, which began at `from` (epoch milliseconds), as lines on one time axis. Every step has a
 * place, so that time in which nothing was measured is a gap and not a line across it.
 */
export function linesOf(
  answers: readonly Answer[],
  from: number,
): { readonly times: readonly number[]; readonly series: readonly TimeSeries[] } {
  const [first] = answers
  if (first === undefined) return { times: [], series: [] }
  const step = first.stepSeconds
  const start = from / 1_000
  const placeOf = (at: number) => Math.round((at - start) / step)
  const flat = answers.flatMap(({ series, label, dashed }) => series.map((entry) => ({ entry, label, dashed })))
  const last = Math.max(-1, ...flat.map(({ entry }) => placeOf(entry.points.at(-1)?.[0] ?? start - step)))
  const names = distinct(flat.map(({ entry, label }) => label(entry.labels)))
  const times = Array.from({ length: last + 1 }, (_, at) => start + at * step)
  const series = flat.map(({ entry, dashed }, at) => {
    const values = new Array<number | null>(last + 1).fill(null)
    for (const [time, value] of entry.points) values[placeOf(time)] = value
    return { label: names[at] ?? '', values, dashed }
  })
  return { times, series }
}

/** A series as Prometheus writes it: `up{job="node"}`. */
export function seriesName(labels: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...rest } = labels
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  if (pairs.length === 0) return name === '' ? 'value' : name
  return `${name}{${pairs.join(', ')}}`
}
