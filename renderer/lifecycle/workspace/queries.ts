import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { api } from '#renderer/rpc/client.ts'
import { type Forbidden, useVerdicts } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'
import { setMoveProgress } from './move-progress.ts'

const statusKey = ['workspace', 'status'] as const

export const workspaceStatus = queryOptions({
  queryKey: statusKey,
  queryFn: ({ signal }) => api.workspace.status({}, { signal }),
})

const guarded = ['workspace.move', 'workspace.use', 'workspace.test'] as const

/** Why something cannot be done here by this person, or by nobody now; undefined where it can. */
export function useForbidden(): Forbidden<(typeof guarded)[number]> {
  const forbidden = useVerdicts(guarded)
  const { data } = useQuery(workspaceStatus)
  return useCallback(
    (operation) => {
      if (operation !== 'workspace.test' && data?.restart === true)
        return 'Another workspace was chosen already. Restart the application to open it.'
      return forbidden(operation)
    },
    [forbidden, data],
  )
}

/** Whether the secrets are protected by a keychain of this machine, which others do not have. */
export const vaultKeeper = queryOptions({
  queryKey: ['workspace', 'vault'],
  queryFn: ({ signal }) => api.access.vault({}, { signal }),
})

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
