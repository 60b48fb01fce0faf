/** One line of a chart. `values` runs parallel to the chart's `times`; null and NaN are gaps. */
export type TimeSeries = {
  readonly label: string
  readonly values: readonly (number | null)[]
  /** 1–6, a colour of the palette; default by position. */
  readonly color?: SeriesColor | undefined
  readonly dashed?: boolean | undefined
}
export const seriesColors = [1, 2, 3, 4, 5, 6] as const
export type SeriesColor = (typeof seriesColors)[number]

export const colorOf = (series: TimeSeries, at: number): SeriesColor =>
  series.color ?? seriesColors[at % seriesColors.length] ?? 1

/** A stretch of time behind the lines: while an alert fired. Epoch seconds; an open end is still going on. */
export type Band = {
  readonly from: number
  readonly to: number | null
  readonly label: string
  readonly tone: 'critical' | 'high' | 'warning' | 'accent' | 'muted'
}

/** An event on the time axis: a deployment, an incident, a change of configuration. Epoch seconds. */
export type Marker = { readonly at: number; readonly label: string; readonly tone?: Band['tone'] | undefined }

export type Threshold = { readonly value: number; readonly label?: string | undefined }

type Samples = { readonly times: readonly number[]; readonly values: readonly (number | null)[] }

/** Puts series with their own sample times on one axis (outer join, ascending); a missing sample is a gap. */
export function alignSeries(sets: readonly Samples[]): {
  readonly times: readonly number[]
  readonly values: readonly (readonly (number | null)[])[]
} {
  const times = [...new Set(sets.flatMap((set) => set.times))].sort((left, right) => left - right)
  const position = new Map(times.map((time, at) => [time, at]))
  const values = sets.map((set) => {
    const row = new Array<number | null>(times.length).fill(null)
    set.times.forEach((time, at) => {
      const place = position.get(time)
      if (place !== undefined) row[place] = set.values[at] ?? null
    })
    return row
  })
  return { times, values }
}

/** Values a plot can draw: NaN (Prometheus' stale marker among them) and infinities become gaps. */
export const drawable = (values: readonly (number | null)[]): (number | null)[] =>
  values.map((value) => (value !== null && Number.isFinite(value) ? value : null))

export type SeriesSummary = {
  readonly last: number | null
  readonly min: number | null
  readonly max: number | null
  readonly mean: number | null
}

export function summarise(values: readonly (number | null)[]): SeriesSummary {
  let last: number | null = null
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let sum = 0
  let count = 0
  for (const value of drawable(values)) {
    if (value === null) continue
    last = value
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
    count += 1
  }
  return count === 0 ? { last: null, min: null, max: null, mean: null } : { last, min, max, mean: sum / count }
}

/** The value axis: from zero where zero is near, with air above, and the threshold always in sight. */
export function valueRange(min: number | null, max: number | null, threshold: number | undefined): [number, number] {
  const known = [min, max, threshold].filter((value) => value !== null && value !== undefined)
  if (known.length === 0) return [0, 1]
  const low = Math.min(...known)
  const high = Math.max(...known)
  if (low === high) {
    if (low === 0) return [0, 1]
    return low > 0 ? [0, low * 1.25] : [low * 1.25, 0]
  }
  const air = (high - low) * 0.1
  if (low >= 0 && low <= high * 0.6) return [0, high * 1.1]
  if (high <= 0 && high >= low * 0.6) return [low * 1.1, 0]
  return [low - air, high + air]
}

/** What a chart says to who cannot see it. */
export function describe(
  title: string,
  series: readonly TimeSeries[],
  format: (value: number) => string,
  threshold: Threshold | undefined,
): string {
  const parts = series.slice(0, 8).map(({ label, values }) => {
    const { last, min, max } = summarise(values)
    if (last === null || min === null || max === null) return `${label}: no data`
    return `${label}: last ${format(last)}, from ${format(min)} to ${format(max)}`
  })
  const more = series.length > 8 ? [`and ${series.length - 8} more series`] : []
  const line = threshold === undefined ? [] : [`${threshold.label ?? 'threshold'} ${format(threshold.value)}`]
  return `${title}. ${[...parts, ...more, ...line].join('; ')}.`
}
