import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '#renderer/rpc/client.ts'
import { useOpenExternal } from '#renderer/ui/Link.tsx'
import { meKey } from './queries.ts'

/** Ends the session; where the provider has a page for it, it is opened, so that the session there ends as well. */
export function useSignOut() {
  const client = useQueryClient()
  const open = useOpenExternal()
  return useMutation({
    mutationFn: (_: null) => api.access.signOut({}),
    onSuccess: ({ logoutUrl }) => {
      if (logoutUrl !== null) open?.(logoutUrl)
    },
    onSettled: () => client.invalidateQueries({ queryKey: meKey }),
  })
}
