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

export type Permission =
  | { readonly kind: 'unknown' }
  /** If need be after a proof, which is asked for when they call. */
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Whether this person may call all of these, and if not, why: for what a screen or the frame asks by itself, because a
 * call that the door refuses is written to the audit log. Give an array that stays the same.
 */
export function usePermission(operations: readonly string[]): Permission {
  const { data } = useQuery(verdicts(operations))
  if (data === undefined) return { kind: 'unknown' }
  const [reason] = operations.flatMap((operation) => {
    const verdict = data[operation]
    const stands = verdict !== undefined && (verdict.allowed || verdict.needs !== null)
    return stands ? [] : [verdict?.reason ?? `Nothing allows ${operation}.`]
  })
  return reason === undefined ? { kind: 'allowed' } : { kind: 'refused', reason }
}
