import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { Job, JobDetail } from '#preload/lifecycle/operations.ts'
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

const unfinished = ({ state }: JobDetail): boolean => state === 'running' || state === 'waiting'

/** Steps tell nobody that they go on, and another process tells nothing at all, so it is asked again while it is looked at. */
export const jobOf = (id: string) =>
  queryOptions({
    queryKey: [...root, 'jobs', id],
    queryFn: ({ signal }) => api.operations.job({ id }, { signal }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && unfinished(data) ? 1_000 : false),
  })

export const preferencesQuery = queryOptions({
  queryKey: [...root, 'preferences'],
  queryFn: ({ signal }) => api.operations.preferences({}, { signal }),
})

const guarded = [
  'operations.setPreferences',
  'operations.runJob',
  'operations.cancelJob',
  'operations.retryJob',
  'operations.answerJob',
  'connections.create',
] as const

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
export const useRunJob = () => useJobChange((id: string) => api.operations.runJob({ id }))

/** Tells a job something, and reads the jobs again. */
export function useJobChange<Given, Answered>(mutationFn: (given: Given) => Promise<Answered>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    onSettled: () => client.invalidateQueries({ queryKey: jobList.queryKey }),
  })
}

/**
 * Tracked work is carried out elsewhere and cannot be started here. Its journal is written only when its state changes,
 * so its times are old; the connections have the present ones.
 */
export const isTracked = (kind: string): boolean => kind === 'poll'

/** Not what is under way, be it that it waits. */
export const startable = ({ kind, state, waits }: Pick<Job, 'kind' | 'state' | 'waits'>): boolean =>
  !isTracked(kind) && state !== 'running' && waits.length === 0
