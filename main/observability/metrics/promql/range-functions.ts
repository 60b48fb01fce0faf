/** The samples of one series within a range, by position in its arrays: [first, end). */
export type Window = {
  readonly at: readonly number[]
  readonly values: readonly number[]
  readonly first: number
  readonly end: number
}

/** What a range function knows besides the samples; times in milliseconds. */
export type RangeContext = {
  readonly evalMs: number
  readonly startMs: number
  readonly endMs: number
  readonly rangeMs: number
  readonly parameter: number
}

/** Value of the function, or null where Prometheus returns nothing. The window holds at least one sample. */
export type RangeFunction = (window: Window, context: RangeContext) => number | null

const at = (window: Window, index: number): number => window.at[index] as number
const value = (window: Window, index: number): number => window.values[index] as number
const count = (window: Window): number => window.end - window.first

/** Functions over a range as Prometheus 2.42 computes them (promql/functions.go), keyed by name. */
export const rangeFunctions: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ['rate', (window, context) => extrapolated(window, context, { counter: true, perSecond: true })],
  ['increase', (window, context) => extrapolated(window, context, { counter: true, perSecond: false })],
  ['delta', (window, context) => extrapolated(window, context, { counter: false, perSecond: false })],
  ['irate', (window) => lastChange(window, true)],
  ['idelta', (window) => lastChange(window, false)],
  ['deriv', (window) => (count(window) < 2 ? null : regression(window, at(window, window.first)).slope)],
  ['predict_linear', predictLinear],
  ['avg_over_time', mean],
  ['sum_over_time', total],
  ['min_over_time', (window) => extreme(window, (candidate, best) => candidate < best)],
  ['max_over_time', (window) => extreme(window, (candidate, best) => candidate > best)],
  ['count_over_time', count],
  ['last_over_time', (window) => value(window, window.end - 1)],
  ['present_over_time', () => 1],
  ['changes', (window) => countPairs(window, (a, b) => a !== b && !(Number.isNaN(a) && Number.isNaN(b)))],
  ['resets', (window) => countPairs(window, (a, b) => b < a)],
])

/** rate, increase and delta: the change between first and last sample, extended to the range unless it starts late. */
function extrapolated(
  window: Window,
  { startMs, endMs, rangeMs }: RangeContext,
  { counter, perSecond }: { readonly counter: boolean; readonly perSecond: boolean },
): number | null {
  const samples = count(window)
  if (samples < 2) return null
  const last = window.end - 1
  const change = counter ? counterChange(window) : value(window, last) - value(window, window.first)
  const sampled = (at(window, last) - at(window, window.first)) / 1000
  const betweenSamples = sampled / (samples - 1)
  const toEnd = (endMs - at(window, last)) / 1000
  let toStart = (at(window, window.first) - startMs) / 1000
  const firstValue = value(window, window.first)
  // A counter cannot have been below zero, so it is not extended beyond the point where it would have been zero.
  if (counter && change > 0 && firstValue >= 0) toStart = Math.min(toStart, sampled * (firstValue / change))
  const threshold = betweenSamples * 1.1
  const extended =
    sampled + (toStart < threshold ? toStart : betweenSamples / 2) + (toEnd < threshold ? toEnd : betweenSamples / 2)
  const factor = extended / sampled
  return change * (perSecond ? factor / (rangeMs / 1000) : factor)
}

function counterChange(window: Window): number {
  let change = value(window, window.end - 1) - value(window, window.first)
  for (let index = window.first + 1; index < window.end; index++) {
    const previous = value(window, index - 1)
    if (value(window, index) < previous) change += previous
  }
  return change
}

function lastChange(window: Window, perSecond: boolean): number | null {
  if (count(window) < 2) return null
  const last = value(window, window.end - 1)
  const previous = value(window, window.end - 2)
  const elapsed = at(window, window.end - 1) - at(window, window.end - 2)
  if (elapsed === 0) return null
  const change = perSecond && last < previous ? last : last - previous
  return perSecond ? change / (elapsed / 1000) : change
}

function predictLinear(window: Window, { evalMs, parameter }: RangeContext): number | null {
  if (count(window) < 2) return null
  const { slope, intercept } = regression(window, evalMs)
  return intercept + slope * parameter
}

/** Least squares line through the samples; `intercept` is its value at `originMs`, `slope` is per second. */
function regression(window: Window, originMs: number): { readonly slope: number; readonly intercept: number } {
  const initial = value(window, window.first)
  if (countPairs(window, (a, b) => a !== b) === 0)
    return Number.isFinite(initial) ? { slope: 0, intercept: initial } : { slope: Number.NaN, intercept: Number.NaN }
  const n = count(window)
  const sumX = new KahanSum()
  const sumY = new KahanSum()
  const sumXY = new KahanSum()
  const sumXX = new KahanSum()
  for (let index = window.first; index < window.end; index++) {
    const x = (at(window, index) - originMs) / 1000
    const y = value(window, index)
    sumX.add(x)
    sumY.add(y)
    sumXY.add(x * y)
    sumXX.add(x * x)
  }
  const covariance = sumXY.total() - (sumX.total() * sumY.total()) / n
  const variance = sumXX.total() - (sumX.total() * sumX.total()) / n
  const slope = covariance / variance
  return { slope, intercept: sumY.total() / n - (slope * sumX.total()) / n }
}

function total(window: Window): number {
  const sum = new KahanSum()
  for (let index = window.first; index < window.end; index++) sum.add(value(window, index))
  return sum.total()
}

function mean(window: Window): number {
  const sum = new KahanSum()
  for (let index = window.first; index < window.end; index++) {
    const next = value(window, index)
    const current = sum.sum
    if (isInfinite(current)) {
      if (isInfinite(next) && current > 0 === next > 0) continue
      if (Number.isFinite(next)) continue
    }
    const seen = index - window.first + 1
    sum.add(next / seen - current / seen)
  }
  return sum.total()
}

const isInfinite = (candidate: number): boolean => candidate === Infinity || candidate === -Infinity

function extreme(window: Window, better: (candidate: number, best: number) => boolean): number {
  let best = value(window, window.first)
  for (let index = window.first + 1; index < window.end; index++) {
    const candidate = value(window, index)
    if (better(candidate, best) || Number.isNaN(best)) best = candidate
  }
  return best
}

function countPairs(window: Window, counts: (previous: number, next: number) => boolean): number {
  let found = 0
  for (let index = window.first + 1; index < window.end; index++)
    if (counts(value(window, index - 1), value(window, index))) found++
  return found
}

/** Neumaier's compensated sum, which Prometheus uses, so that long ranges give the same digits. */
class KahanSum {
  sum = 0
  private compensation = 0

  add(increment: number): void {
    const next = this.sum + increment
    this.compensation +=
      Math.abs(this.sum) >= Math.abs(increment) ? this.sum - next + increment : increment - next + this.sum
    this.sum = next
  }

  total(): number {
    return isInfinite(this.sum) ? this.sum : this.sum + this.compensation
  }
}
