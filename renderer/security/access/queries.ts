import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'

export const accessKey = ['access'] as const
const vaultKey = [...accessKey, 'vault'] as const
export const meKey = [...accessKey, 'me'] as const

export const vaultStatus = queryOptions({
  queryKey: vaultKey,
  queryFn: ({ signal }) => api.access.vault({}, { signal }),
})

/** The session of this window. The gate and the top bar stand on it. */
export const meQuery = queryOptions({
  queryKey: meKey,
  queryFn: ({ signal }) => api.access.me({}, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

export const methodsQuery = queryOptions({
  queryKey: [...accessKey, 'methods'],
  queryFn: ({ signal }) => api.access.signInMethods({}, { signal }),
})

export const factorsQuery = queryOptions({
  queryKey: [...accessKey, 'factors'],
  queryFn: ({ signal }) => api.access.factors({}, { signal }),
})

/** Devices of one identity; of the caller where none is named. */
export const devicesQuery = (identity?: string) =>
  queryOptions({
    queryKey: [...accessKey, 'devices', identity ?? 'own'],
    queryFn: ({ signal }) => api.access.devices(identity === undefined ? {} : { identity }, { signal }),
  })

export const sessionsQuery = queryOptions({
  queryKey: [...accessKey, 'sessions'],
  queryFn: ({ signal }) => api.access.sessions({}, { signal }),
})

export const identitiesQuery = queryOptions({
  queryKey: [...accessKey, 'identities'],
  queryFn: ({ signal }) => api.access.identities({}, { signal }),
})

export const settingsQuery = queryOptions({
  queryKey: [...accessKey, 'settings'],
  queryFn: ({ signal }) => api.access.settings({}, { signal }),
})

export const providersQuery = queryOptions({
  queryKey: [...accessKey, 'providers'],
  queryFn: ({ signal }) => api.access.providers({}, { signal }),
})

const guarded = [
  'access.identities',
  'access.settings',
  'access.providers',
  'access.setIdentity',
  'access.unlockIdentity',
  'access.resetFactors',
  'access.endSession',
  'access.revokeDevice',
  'access.setSettings',
  'access.putProvider',
  'access.removeProvider',
  'access.testProvider',
  'access.breakGlass',
] as const

/** Why this person may not do something about access; undefined where they may. */
export const useForbidden = () => useVerdicts(guarded)

/** Who is using the application; undefined until that is known. */
export const useMe = () => useQuery(meQuery).data

/** A change of who one is or how one may act: everything about access is asked again before it counts as done. */
export function useAccessChange<Input, Result>(change: (input: Input) => Promise<Result>) {
  const client = useQueryClient()
  return useMutation({ mutationFn: change, onSettled: () => client.invalidateQueries({ queryKey: accessKey }) })
}

/** A step of the session itself: its answer is the new session, and the gate follows it at once. */
export function useSessionStep<Input>(step: (input: Input) => ReturnType<typeof api.access.prove>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: step,
    onSuccess: async (me) => {
      // A question about the session that is under way would answer what was true before.
      await client.cancelQueries({ queryKey: meKey })
      client.setQueryData(meKey, me)
      await client.invalidateQueries({ queryKey: ['verdicts'] })
    },
  })
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
  return useMutation({
    mutationFn: change,
    onSuccess: (status) => {
      client.setQueryData(vaultKey, status)
      // In a personal workspace its passphrase is what one proves oneself with.
      void client.invalidateQueries({ queryKey: meKey })
    },
  })
}
