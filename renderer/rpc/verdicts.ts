import { queryOptions, useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { api } from './client.ts'

const verdicts = (operations: readonly string[]) =>
  queryOptions({
    queryKey: ['verdicts', ...operations],
    queryFn: ({ signal }) => api.access.verdicts({ operations: [...operations] }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })

/**
 * Why this person may not call an operation (`alerts.acknowledge`), as the one door says; undefined where they may, if
 * need be after a proof or with approvals: those are asked for when they call.
 */
export type Forbidden<Operation extends string = string> = (operation: Operation) => string | undefined

/** The verdicts over some operations. Give an array that stays the same. */
export function useVerdicts<Operation extends string>(operations: readonly Operation[]): Forbidden<Operation> {
  const { data } = useQuery(verdicts(operations))
  return useCallback(
    (operation) => {
      const verdict = data?.[operation]
      return verdict?.allowed === false && verdict.needs === null ? (verdict.reason ?? undefined) : undefined
    },
    [data],
  )
}

/**
 * Whether it is known that this person may call all of these, for what the frame does by itself: a call that the door
 * refuses is written to the audit log. Give an array that stays the same.
 */
export function useMay(operations: readonly string[]): boolean {
  const { data } = useQuery(verdicts(operations))
  return data !== undefined && operations.every((operation) => data[operation]?.allowed === true)
}
