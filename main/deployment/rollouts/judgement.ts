import type { AnalysisRun, Metric, MetricResult, Verdict } from '#preload/deployment/analysis.ts'
import { mannWhitneyGreater } from './mann-whitney.ts'

/** What was measured of one version: one number over the whole time, and the values of its windows. */
export type Measured = { readonly value: number | null; readonly samples: number; readonly series: readonly number[] }

/** What was measured for one metric, or why nothing could be. */
export type Reading =
  | { readonly kind: 'measured'; readonly canary: Measured; readonly baseline: Measured | null }
  | { readonly kind: 'unreadable'; readonly reason: string }

const shown = (value: number): string => String(Number(value.toPrecision(3)))

/** Those that a version is judged by. A first one only by bounds: there is none to compare it with. */
export const metricsFor = (metrics: readonly Metric[], present: string | null): readonly Metric[] =>
  present !== null
    ? metrics
    : metrics.filter(({ max, min }) => max !== null || min !== null).map((metric) => ({ ...metric, baseline: null }))

/**
 * Judges one metric by what was measured. Inconclusive is not failed: too few samples, or nothing to compare with, decide
 * nothing.
 */
export function judge(metric: Metric, reading: Reading): MetricResult {
  const { name, max, min, baseline: comparison, minimumSamples } = metric
  if (reading.kind === 'unreadable')
    return { name, verdict: 'inconclusive', value: null, baseline: null, samples: 0, p: null, reason: reading.reason }
  const { canary, baseline } = reading
  const base = { name, value: canary.value, baseline: baseline?.value ?? null, samples: canary.samples, p: null }
  const { value } = canary
  if (value === null) return { ...base, verdict: 'inconclusive', reason: 'Nothing was measured.' }
  if (canary.samples < minimumSamples)
    return {
      ...base,
      verdict: 'inconclusive',
      reason: `Only ${canary.samples} of the ${minimumSamples} samples that a decision needs.`,
    }
  if (max !== null && value > max)
    return { ...base, verdict: 'failed', reason: `${shown(value)} is above the bound of ${shown(max)}.` }
  if (min !== null && value < min)
    return { ...base, verdict: 'failed', reason: `${shown(value)} is below the bound of ${shown(min)}.` }
  if (comparison === null) return { ...base, verdict: 'passed', reason: `${shown(value)} is within its bounds.` }
  return { ...base, ...compare(canary, baseline, comparison) }
}

/** Windows of each version that a comparison needs at least: with three and four the smallest p is 0.03. */
const fewestWindows = 4

function compare(
  canary: Measured,
  baseline: Measured | null,
  { confidence, tolerance }: NonNullable<Metric['baseline']>,
): Pick<MetricResult, 'verdict' | 'p' | 'reason'> {
  if (baseline === null || baseline.value === null)
    return { verdict: 'inconclusive', p: null, reason: 'There is nothing to compare with.' }
  if (canary.series.length < fewestWindows || baseline.series.length < fewestWindows)
    return { verdict: 'inconclusive', p: null, reason: 'There are too few windows to compare.' }
  const { p } = mannWhitneyGreater(canary.series, baseline.series)
  const [ours, theirs] = [median(canary.series), median(baseline.series)]
  const worse = mean(canary.series) > mean(baseline.series) * (1 + tolerance) || ours > theirs * (1 + tolerance)
  if (p < 1 - confidence && worse)
    return {
      verdict: 'failed',
      p,
      reason: `${shown(canary.value ?? ours)} is higher than ${shown(baseline.value)} of the present version (p = ${shown(p)}).`,
    }
  return {
    verdict: 'passed',
    p,
    reason: `Not higher than the present version beyond chance and tolerance (p = ${shown(p)}).`,
  }
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The verdict on all metrics of one look: one that failed fails it, one that decides nothing leaves it open. */
export function overall(results: readonly MetricResult[]): Verdict {
  if (results.some(({ verdict }) => verdict === 'failed')) return 'failed'
  return results.some(({ verdict }) => verdict === 'inconclusive') ? 'inconclusive' : 'passed'
}

export type Decision =
  | { readonly kind: 'look again' }
  | { readonly kind: 'go on'; readonly reason: string }
  | { readonly kind: 'pause'; readonly reason: string }
  | { readonly kind: 'roll back'; readonly reason: string }

type Limits = {
  readonly metrics: readonly Pick<Metric, 'name' | 'failuresAllowed'>[]
  readonly looks: number
  readonly inconclusiveAllowed: number
}

/** What follows from the looks at one step so far, oldest first. */
export function decide(runs: readonly AnalysisRun[], { metrics, looks, inconclusiveAllowed }: Limits): Decision {
  for (const { name, failuresAllowed } of metrics) {
    const failed = inARow(runs, (run) => run.results.some((each) => each.name === name && each.verdict === 'failed'))
    if (failed > failuresAllowed) {
      const last = runs.at(-1)?.results.find((each) => each.name === name)
      const often = failed === 1 ? '' : ` ${failed} times in a row`
      return { kind: 'roll back', reason: `${name} failed${often}: ${last?.reason ?? ''}` }
    }
  }
  const open = inARow(runs, ({ verdict }) => verdict === 'inconclusive')
  if (open > inconclusiveAllowed) {
    const reasons = runs.at(-1)?.results.filter(({ verdict }) => verdict === 'inconclusive') ?? []
    const why = reasons.map(({ name, reason }) => `${name}: ${reason}`).join(' ')
    return {
      kind: 'pause',
      reason: `Nothing could be decided ${open === 1 ? 'once' : `${open} times in a row`}. ${why}`,
    }
  }
  const passed = runs.filter(({ verdict }) => verdict === 'passed').length
  if (passed >= looks)
    return { kind: 'go on', reason: `${passed === 1 ? 'One look was' : `${passed} looks were`} good.` }
  return { kind: 'look again' }
}

function inARow(runs: readonly AnalysisRun[], is: (run: AnalysisRun) => boolean): number {
  let count = 0
  while (count < runs.length && is(runs[runs.length - 1 - count] as AnalysisRun)) count++
  return count
}
