import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'
import { setMoveProgress } from './move-progress.ts'

const statusKey = ['workspace', 'status'] as const

export const workspaceStatus = queryOptions({
  queryKey: statusKey,
  queryFn: ({ signal }) => api.workspace.status({}, { signal }),
})

const guarded = ['workspace.move', 'workspace.use', 'workspace.test'] as const

/** Why this person may not do something here; undefined where they may. */
export const useForbidden = () => useVerdicts(guarded)

/** Keeps the state of the workspace current while mounted. When it comes back, everything is asked again. */
export function useWorkspaceLive(): void {
  const client = useQueryClient()
  useWatch(
    (signal) => api.workspace.watch({}, { signal }),
    ({ changed, progress }) => {
      if (changed === 'progress') setMoveProgress(progress)
      else void client.invalidateQueries(changed === 'state' ? {} : { queryKey: statusKey })
    },
  )
}
