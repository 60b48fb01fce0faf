import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Identity } from '#renderer/app/TopBar.tsx'
import { api } from '#renderer/rpc/client.ts'
import { useWatch } from '#renderer/rpc/watch.ts'

const vaultKey = ['access', 'vault'] as const

export const vaultStatus = queryOptions({
  queryKey: vaultKey,
  queryFn: ({ signal }) => api.access.vault({}, { signal }),
})

const me = queryOptions({
  queryKey: ['access', 'me'],
  queryFn: ({ signal }) => api.access.me({}, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Who is using the application, for the top bar: name, role and how they came in. */
export function useIdentity(): Identity {
  const { data } = useQuery(me)
  return data === undefined
    ? { name: '…', role: 'not known yet' }
    : { name: data.name, role: `${data.role}, ${data.via}` }
}

/** Keeps the vault's status current while mounted. */
export function useVaultLive(): void {
  const client = useQueryClient()
  useWatch(
    (signal) => api.operations.watch({}, { signal }),
    ({ changed }) => {
      if (changed === 'vault') void client.invalidateQueries({ queryKey: vaultKey })
    },
  )
}

/** A change of the vault; its new status is shown at once. */
export function useVaultChange<Input>(change: (input: Input) => ReturnType<typeof api.access.unlockVault>) {
  const client = useQueryClient()
  return useMutation({ mutationFn: change, onSuccess: (status) => client.setQueryData(vaultKey, status) })
}
