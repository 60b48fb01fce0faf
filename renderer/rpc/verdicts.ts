import { queryOptions, useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { api } from './client.ts'

const verdicts = (operations: readonly string[]) =>
  queryOptions({
    queryKey: ['verdicts', ...operations],
    queryFn: ({ signal }) => api.access.verdicts({ operations: [...operations] }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })

/** Why this person may not call an operation (`alerts.acknowledge`), as the one door says; undefined where they may. */
export type Forbidden<Operation extends string = string> = (operation: Operation) => string | undefined

/** The verdicts over some operations. Give an array that stays the same. */
export function useVerdicts<Operation extends string>(operations: readonly Operation[]): Forbidden<Operation> {
  const { data } = useQuery(verdicts(operations))
  return useCallback((operation) => data?.[operation]?.reason ?? undefined, [data])
}
