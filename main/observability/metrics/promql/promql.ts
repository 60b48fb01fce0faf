import { AppError } from '#preload/contract/error.ts'
import type { Matcher } from '../matcher.ts'
import { byCodeUnit, type Labels } from '../sample.ts'
import type { SeriesSamples } from '../store.ts'
import type { Expr } from './ast.ts'
import { typeOf } from './check.ts'
import { type EvaluationContext, scalarStep, vectorStep } from './evaluate.ts'
import { parsePromql } from './parse.ts'
import { keyOf, type Vector } from './vector.ts'

export type InstantResult =
  | { readonly kind: 'scalar'; readonly atMs: number; readonly value: number }
  | { readonly kind: 'string'; readonly atMs: number; readonly value: string }
  | { readonly kind: 'vector'; readonly atMs: number; readonly samples: Vector }
  | { readonly kind: 'matrix'; readonly series: readonly SeriesSamples[] }

/** Series sorted by their labels; `at` in milliseconds, one entry per step that has a value. */
export type RangeResult = { readonly kind: 'matrix'; readonly series: readonly SeriesSamples[] }

/** Where samples come from: closed interval, ascending times, labels with `__name__`. */
export type SampleSource = {
  readonly history: (matchers: readonly Matcher[], fromMs: number, toMs: number) => readonly SeriesSamples[]
}

/** As Prometheus limits a range query. */
export const maximumSteps = 11_000
/** Bounds memory (16 bytes a sample), as Prometheus' query.max-samples does. */
const maximumSamples = 20_000_000

/**
 * Evaluates a subset of PromQL as Prometheus 2.42 does: five minutes of lookback, closed ranges, extrapolation at the
 * edges. A range reads each selector once.
 * @throws AppError `invalid`, `unsupported` (see parsePromql), `too_large` when more samples are touched than fit.
 */
export function createPromql(source: SampleSource) {
  const context = (startMs: number, endMs: number): EvaluationContext => {
    let samples = 0
    return {
      startMs,
      endMs,
      load: (selector, fromMs, toMs) => {
        const series = source.history(selector.matchers, fromMs, toMs)
        for (const each of series) samples += each.at.length
        if (samples > maximumSamples)
          throw new AppError('too_large', `The query reads more than ${maximumSamples} samples.`, {
            hint: 'Ask for a shorter time or fewer series.',
          })
        return series
      },
    }
  }

  return {
    instant(source: string | Expr, atMs: number): InstantResult {
      const expr = typeof source === 'string' ? parsePromql(source) : source
      if (expr.kind === 'string') return { kind: 'string', atMs, value: expr.value }
      const evaluation = context(atMs, atMs)
      if (expr.kind === 'matrix') {
        const endMs = atMs - expr.selector.offsetMs
        return { kind: 'matrix', series: evaluation.load(expr.selector, endMs - expr.rangeMs, endMs) }
      }
      if (typeOf(expr) === 'scalar') return { kind: 'scalar', atMs, value: scalarStep(expr, evaluation)(atMs) }
      return { kind: 'vector', atMs, samples: vectorStep(expr, evaluation)(atMs) }
    },

    range(source: string | Expr, fromMs: number, toMs: number, stepMs: number): RangeResult {
      const expr = typeof source === 'string' ? parsePromql(source) : source
      refuseRange(fromMs, toMs, stepMs)
      const type = typeOf(expr)
      if (type === 'matrix' || type === 'string')
        throw new AppError('invalid', `A ${type} cannot be drawn over time; use an instant vector or a scalar.`)
      const evaluation = context(fromMs, toMs)
      const step = type === 'scalar' ? scalarAsVector(expr, evaluation) : vectorStep(expr, evaluation)
      const series = new Map<string, { readonly labels: Labels; readonly at: number[]; readonly values: number[] }>()
      for (let atMs = fromMs; atMs <= toMs; atMs += stepMs) {
        for (const { labels, value } of step(atMs)) {
          const key = keyOf(labels)
          const known = series.get(key)
          if (known === undefined) series.set(key, { labels, at: [atMs], values: [value] })
          else {
            known.at.push(atMs)
            known.values.push(value)
          }
        }
      }
      const sorted = [...series].sort(([a], [b]) => byCodeUnit(a, b)).map(([, each]) => each)
      return { kind: 'matrix', series: sorted }
    },
  }
}

export type Promql = ReturnType<typeof createPromql>

function scalarAsVector(expr: Expr, evaluation: EvaluationContext): (atMs: number) => Vector {
  const scalar = scalarStep(expr, evaluation)
  const labels = {}
  return (atMs) => [{ labels, value: scalar(atMs) }]
}

function refuseRange(fromMs: number, toMs: number, stepMs: number): void {
  if (!(stepMs > 0)) throw new AppError('invalid', 'The step must be greater than zero.')
  if (toMs < fromMs) throw new AppError('invalid', 'The end of the range is before its start.')
  if ((toMs - fromMs) / stepMs > maximumSteps)
    throw new AppError('invalid', `The range has more than ${maximumSteps} steps.`, { hint: 'Use a longer step.' })
}
