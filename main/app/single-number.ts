import type { Endpoint } from '#main/engines/http/endpoint.ts'
import { AppError } from '#preload/contract/error.ts'

/**
 * The one number that an instant query answers; null when it answers no series, or NaN, which is how a ratio without
 * requests reads. @throws AppError `invalid` for anything but one number.
 */
export async function singleNumber(endpoint: Endpoint, query: string, signal: AbortSignal): Promise<number | null> {
  const { createPrometheus } = await import('#main/engines/prometheus/prometheus.ts')
  const answer = await createPrometheus(endpoint).query({ query }, signal)
  if (answer.kind === 'vector' && answer.series.length === 0) return null
  const value =
    answer.kind === 'scalar'
      ? answer.value
      : answer.kind === 'vector' && answer.series.length === 1
        ? answer.series[0]?.value
        : null
  if (!value)
    throw new AppError('invalid', 'The query answers more than one number.', { hint: 'Aggregate it, with sum() say.' })
  const number = Number(value[1])
  return Number.isNaN(number) ? null : number
}
