import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '#renderer/rpc/client.ts'
import { chartPoints, type Stretch } from './evaluation.ts'

const root = ['metrics'] as const

const iso = (epoch: number): string => new Date(epoch).toISOString()

/**
 * PromQL over one stretch, several expressions at once. While time goes on the stretch moves, so the answer before
 * stays until the next is there; `from` says which stretch an answer is of.
 */
export const metricRanges = (expressions: readonly string[], { from, to }: Stretch) =>
  queryOptions({
    queryKey: [...root, 'range', expressions, from, to],
    queryFn: async ({ signal }) => {
      const ask = (expression: string) =>
        api.metrics.range({ expression, from: iso(from), to: iso(to), points: chartPoints }, { signal })
      return { from, answers: await Promise.all(expressions.map(ask)) }
    },
    placeholderData: keepPreviousData,
    gcTime: 10_000,
    retry: false,
  })

export const metricInstant = (expression: string, at: number) =>
  queryOptions({
    queryKey: [...root, 'instant', expression, at],
    queryFn: ({ signal }) => api.metrics.instant({ expression, at: iso(at) }, { signal }),
    placeholderData: keepPreviousData,
    gcTime: 10_000,
    retry: false,
  })

const rulesEveryMs = 5_000

export const embeddedRules = (paused: boolean) =>
  queryOptions({
    queryKey: [...root, 'rules'],
    queryFn: ({ signal }) => api.metrics.rules({}, { signal }),
    refetchInterval: paused ? false : rulesEveryMs,
  })

/** Every metric name there is now, for completion. */
export const metricNames = queryOptions({
  queryKey: [...root, 'names'],
  queryFn: async ({ signal }) => {
    const { series } = await api.metrics.instant({ expression: 'count by (__name__) ({__name__=~".+"})' }, { signal })
    return series.flatMap(({ labels }) => labels.__name__ ?? []).sort()
  },
  staleTime: 60_000,
})
