import type { Endpoint } from '#main/engines/http/endpoint.ts'
import type { QueryAnswer } from '#main/engines/prometheus/query.ts'
import { AppError } from '#preload/contract/error.ts'

/** What a query answers now, and at even steps since a moment: the windows that a comparison needs. */
export type QueryNumbers = { readonly value: number | null; readonly series: readonly number[] }

const shortestStep = 5
const mostSteps = 120

/**
 * The one number that a query answers; null when it answers no series, or NaN, which is how a ratio without requests
 * reads. @param since milliseconds since the epoch. @throws AppError `invalid` for anything but one number.
 */
export async function queryNumbers(
  endpoint: Endpoint,
  question: { readonly query: string; readonly since: number; readonly now: number },
  signal: AbortSignal,
): Promise<QueryNumbers> {
  const { createPrometheus } = await import('#main/engines/prometheus/prometheus.ts')
  const prometheus = createPrometheus(endpoint)
  try {
    const value = oneNumber(await prometheus.query({ query: question.query }, signal))
    const [start, end] = [question.since / 1_000, question.now / 1_000]
    const step = Math.max(shortestStep, Math.ceil((end - start) / mostSteps))
    const { series } = await prometheus.queryRange({ query: question.query, start, end, step }, signal)
    if (series.length > 1) throw manyNumbers()
    const numbers = (series[0]?.values ?? []).map(([, text]) => Number(text))
    return { value, series: numbers.filter((number) => !Number.isNaN(number)) }
  } finally {
    await prometheus.close()
  }
}

function oneNumber(answer: QueryAnswer): number | null {
  if (answer.kind === 'vector' && answer.series.length === 0) return null
  const value =
    answer.kind === 'scalar'
      ? answer.value
      : answer.kind === 'vector' && answer.series.length === 1
        ? answer.series[0]?.value
        : null
  if (!value) throw manyNumbers()
  const number = Number(value[1])
  return Number.isNaN(number) ? null : number
}

const manyNumbers = (): AppError =>
  new AppError('invalid', 'The query answers more than one number.', { hint: 'Aggregate it, with sum() say.' })
