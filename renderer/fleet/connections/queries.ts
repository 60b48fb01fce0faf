import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'

const root = ['connections'] as const

export const connectionList = queryOptions({
  queryKey: [...root, 'list'],
  queryFn: ({ signal }) => api.connections.list({}, { signal }),
})

export const connectionDependents = (id: string) =>
  queryOptions({
    queryKey: [...root, 'dependents', id],
    queryFn: ({ signal }) => api.connections.dependents({ id }, { signal }),
  })

const guarded = ['connections.create', 'connections.update', 'connections.setEnabled', 'connections.remove'] as const

/** Why this person may not do something on this screen; undefined where they may. */
export const useForbidden = () => useVerdicts(guarded)

/** Keeps every list of connections current while mounted. */
export function useConnectionsLive(): void {
  const client = useQueryClient()
  useWatch(
    (signal) => api.connections.watch({}, { signal }),
    () => void client.invalidateQueries({ queryKey: root }),
  )
}

/** A change of connections; the lists are asked again before it counts as done. */
export function useConnectionChange<Input, Result>(change: (input: Input) => Promise<Result>) {
  const client = useQueryClient()
  return useMutation({ mutationFn: change, onSettled: () => client.invalidateQueries({ queryKey: root }) })
}
