import type { z } from 'zod'
import { AppError } from '#preload/contract/error.ts'
import type { Labels } from './labels.ts'
import type { matrixData, QueryData } from './prometheus-answers.ts'
import type { Sample } from './sample.ts'

/** Seconds. Without a step, the finest whole second that fits. */
export type RangeQuestion = {
  readonly query: string
  readonly start: number
  readonly end: number
  readonly step?: number
}

export type RangeAnswer = {
  /** The step that was used, seconds. */
  readonly step: number
  readonly series: readonly { readonly metric: Labels; readonly values: readonly Sample[] }[]
  readonly warnings: readonly string[]
}

export type QueryAnswer = { readonly warnings: readonly string[] } & (
  | { readonly kind: 'vector'; readonly series: readonly { readonly metric: Labels; readonly value: Sample }[] }
  | { readonly kind: 'matrix'; readonly series: RangeAnswer['series'] }
  | { readonly kind: 'scalar'; readonly value: Sample }
  | { readonly kind: 'string'; readonly text: string }
)

/** Prometheus refuses a range query with more points in a series. */
export const pointLimit = 11_000

/** The step of a question, widened to whole seconds if it would give a series more than 11,000 points. */
export function fittingStep({ start, end, step }: Omit<RangeQuestion, 'query'>): number {
  if (!(end >= start)) throw new AppError('invalid', 'The end of the time range is before its start.', { at: 'end' })
  if (step !== undefined && !(step > 0))
    throw new AppError('invalid', 'The step must be longer than nothing.', { at: 'step' })
  const finest = (end - start) / (pointLimit - 1)
  const wanted = step ?? 1
  return wanted >= finest ? wanted : Math.ceil(finest)
}

type Answered<T> = { readonly data: T; readonly warnings?: readonly string[] | undefined }

export function instantAnswer({ data, warnings = [] }: Answered<QueryData>): QueryAnswer {
  switch (data.resultType) {
    case 'scalar':
      return { kind: 'scalar', value: data.result, warnings }
    case 'string':
      return { kind: 'string', text: data.result[1], warnings }
    case 'matrix': {
      const { series, skipped } = read(data.result)
      return { kind: 'matrix', series, warnings: [...warnings, ...skipped] }
    }
    case 'vector': {
      const series = data.result.flatMap(({ metric, value }) => (value === undefined ? [] : [{ metric, value }]))
      return { kind: 'vector', series, warnings: [...warnings, ...leftOut(data.result.length - series.length)] }
    }
  }
}

export function rangeAnswer(step: number, { data, warnings = [] }: Answered<z.output<typeof matrixData>>): RangeAnswer {
  const { series, skipped } = read(data.result)
  return { step, series, warnings: [...warnings, ...skipped] }
}

function read(result: z.output<typeof matrixData>['result']) {
  const series = result.flatMap(({ metric, values }) => (values === undefined ? [] : [{ metric, values }]))
  return { series, skipped: leftOut(result.length - series.length) }
}

/** Said rather than silently dropped. */
const leftOut = (count: number): readonly string[] =>
  count === 0 ? [] : [`${count} series of native histograms are left out.`]
