import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'

const root = ['environments'] as const

export const environmentList = queryOptions({
  queryKey: [...root, 'list'],
  queryFn: ({ signal }) => api.environments.list({}, { signal }),
  // A freeze begins and ends, and a time is over, without anybody changing anything.
  refetchInterval: 30_000,
})

export const environmentDiff = (left: string, right: string) =>
  queryOptions({
    queryKey: [...root, 'diff', left, right],
    queryFn: ({ signal }) => api.environments.diff({ left, right }, { signal }),
  })

const guarded = [
  'environments.create',
  'environments.update',
  'environments.move',
  'environments.clone',
  'environments.lock',
  'environments.unlock',
  'environments.setSecret',
  'environments.removeSecret',
  'environments.setSshKey',
  'environments.removeSshKey',
  'environments.hostKey',
  'environments.remove',
] as const

/** Why this person may not do something on this screen; undefined where they may. */
export const useForbidden = () => useVerdicts(guarded)

export type EnvironmentForbidden = ReturnType<typeof useForbidden>

/** Keeps every list of environments current while mounted. */
export function useEnvironmentsLive(): void {
  const client = useQueryClient()
  useWatch(
    (signal) => api.environments.watch({}, { signal }),
    () => void client.invalidateQueries({ queryKey: root }),
  )
}

/** A change of environments; the lists are asked again before it counts as done. */
export function useEnvironmentChange<Input, Result>(change: (input: Input) => Promise<Result>) {
  const client = useQueryClient()
  return useMutation({ mutationFn: change, onSettled: () => client.invalidateQueries({ queryKey: root }) })
}
