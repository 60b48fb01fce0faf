import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'

const root = ['governance'] as const

export type ApprovalShow = 'waiting' | 'mine' | 'all'

export const approvalList = (show: ApprovalShow) =>
  queryOptions({
    queryKey: [...root, 'approvals', show],
    queryFn: ({ signal }) => api.governance.approvals({ show }, { signal }),
  })

export const approvalOf = (id: string) =>
  queryOptions({
    queryKey: [...root, 'approvals', 'one', id],
    queryFn: ({ signal }) => api.governance.approval({ id }, { signal }),
  })

export const delegationList = queryOptions({
  queryKey: [...root, 'approvals', 'delegations'],
  queryFn: ({ signal }) => api.governance.delegations({}, { signal }),
})

export const exceptionList = queryOptions({
  queryKey: [...root, 'exceptions'],
  queryFn: ({ signal }) => api.governance.exceptions({}, { signal }),
})

export const policySet = queryOptions({
  queryKey: [...root, 'policies'],
  queryFn: ({ signal }) => api.governance.policies({}, { signal }),
})

export const policyVersions = queryOptions({
  queryKey: [...root, 'policies', 'versions'],
  queryFn: ({ signal }) => api.governance.policyVersions({}, { signal }),
})

/** Who is looking; the same answer that the top bar shows. */
export const ownIdentity = queryOptions({
  queryKey: ['access', 'me'],
  queryFn: ({ signal }) => api.access.me({}, { signal }),
})

const guarded = [
  'governance.savePolicies',
  'governance.rollbackPolicies',
  'governance.requestApproval',
  'governance.decide',
  'governance.withdrawApproval',
  'governance.perform',
  'governance.delegate',
  'governance.addException',
  'governance.endException',
] as const

/** Why this person may not do something on these screens; undefined where they may. */
export const useForbidden = () => useVerdicts(guarded)
export type Forbidden = ReturnType<typeof useForbidden>

/** Keeps what is shown current while mounted. */
export function useGovernanceLive(): void {
  const client = useQueryClient()
  useWatch(
    (signal) => api.governance.watch({}, { signal }),
    ({ changed }) => void client.invalidateQueries({ queryKey: [...root, changed] }),
  )
}

/** A change on these screens; what it touched is looked at again, whether or not it succeeded. */
export function useGovernanceChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: root }),
  })
}
