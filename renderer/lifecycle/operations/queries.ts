import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '#renderer/rpc/client.ts'
import { useWatch } from '#renderer/rpc/watch.ts'

const root = ['operations'] as const

export const applicationHealth = queryOptions({
  queryKey: [...root, 'notices'],
  queryFn: ({ signal }) => api.operations.health({}, { signal }),
})

export const jobList = queryOptions({
  queryKey: [...root, 'jobs'],
  queryFn: ({ signal }) => api.operations.jobs({}, { signal }),
})

export const preferencesQuery = queryOptions({
  queryKey: [...root, 'preferences'],
  queryFn: ({ signal }) => api.operations.preferences({}, { signal }),
})

const guarded = ['operations.setPreferences', 'operations.runJob', 'connections.create'] as const

const verdicts = queryOptions({
  queryKey: ['verdicts', 'operations'],
  queryFn: ({ signal }) => api.access.verdicts({ operations: [...guarded] }, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Why this person may not call an operation; undefined where they may. */
export function useForbidden(): (operation: (typeof guarded)[number]) => string | undefined {
  const { data } = useQuery(verdicts)
  return (operation) => data?.[operation]?.reason ?? undefined
}

/** Keeps jobs, preferences and notices current while mounted. */
export function useOperationsLive(): void {
  const client = useQueryClient()
  useWatch(
    (signal) => api.operations.watch({}, { signal }),
    ({ changed }) => void client.invalidateQueries({ queryKey: [...root, changed] }),
  )
}

/** Changes preferences; what the application answers is shown at once. */
export function usePreferencesChange() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: Parameters<typeof api.operations.setPreferences>[0]) => api.operations.setPreferences(change),
    onSuccess: (preferences) => client.setQueryData(preferencesQuery.queryKey, preferences),
  })
}

/** Runs a planned job now. */
export function useRunJob() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => api.operations.runJob({ id }),
    onSettled: () => client.invalidateQueries({ queryKey: jobList.queryKey }),
  })
}
