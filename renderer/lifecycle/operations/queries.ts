import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
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

/** Why this person may not do something on this screen; undefined where they may. */
export const useForbidden = () => useVerdicts(guarded)

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
