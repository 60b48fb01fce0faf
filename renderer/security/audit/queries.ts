import {
  keepPreviousData,
  type Query,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import type { AuditEntry, AuditFilter } from '#preload/security/audit.ts'
import { useScope } from '#renderer/app/scope.ts'
import { api } from '#renderer/rpc/client.ts'
import { requireApplication } from '#renderer/rpc/connection.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'
import { throttle } from '#renderer/ui/throttle.ts'

const root = ['audit'] as const
const pagesKey = [...root, 'page'] as const

/** Rows asked for at once. Small enough to draw at once, large enough to scroll a while. */
export const pageSize = 200

export const auditPage = (filter: AuditFilter, page: number) =>
  queryOptions({
    queryKey: [...pagesKey, filter, page],
    queryFn: ({ signal }) => api.audit.list({ ...filter, offset: page * pageSize, limit: pageSize }, { signal }),
    // Pages scrolled past are kept a little while, not all of a long log. Reading is itself logged, so nothing is read
    // again that is still known to be current.
    gcTime: 30_000,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  })

/** How many entries a filter has, for sentences that say what an act would touch. */
export const auditCount = (filter: AuditFilter) =>
  queryOptions({
    queryKey: [...root, 'count', filter],
    queryFn: async ({ signal }) => await api.audit.list({ ...filter, limit: 1 }, { signal }),
    select: ({ total, exact }) => ({ total, exact }),
  })

export const auditFacets = queryOptions({
  queryKey: [...root, 'facets'],
  queryFn: ({ signal }) => api.audit.facets({}, { signal }),
})

const around = 50

/**
 * One entry by its number, whatever is filtered. The log is numbered without gaps, so its place follows from the newest;
 * where a gap shows that it was tampered with, the entry may be near. Null: there is no such entry.
 */
export const auditEntry = (sequence: number) =>
  queryOptions({
    queryKey: [...root, 'entry', sequence],
    queryFn: async ({ signal }): Promise<AuditEntry | null> => {
      const newest = (await api.audit.list({ limit: 1 }, { signal })).entries[0]?.sequence ?? 0
      const offset = Math.max(0, newest - sequence - around)
      const { entries } = await api.audit.list({ offset, limit: 2 * around + 1 }, { signal })
      return entries.find((entry) => entry.sequence === sequence) ?? null
    },
  })

export const auditIntegrity = queryOptions({
  queryKey: [...root, 'integrity'],
  queryFn: ({ signal }) => api.audit.integrity({}, { signal }),
})

export const auditCheckpoints = queryOptions({
  queryKey: [...root, 'checkpoints'],
  queryFn: ({ signal }) => api.audit.checkpoints({ limit: 1_000 }, { signal }),
})

export const auditProof = (sequence: number) =>
  queryOptions({
    queryKey: [...root, 'proof', sequence],
    queryFn: ({ signal }) => api.audit.proof({ sequence }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })

export const auditForwarders = queryOptions({
  queryKey: [...root, 'forwarders'],
  queryFn: ({ signal }) => api.audit.forwarders({}, { signal }),
  refetchInterval: 5_000,
})

export const auditAnchors = queryOptions({
  queryKey: [...root, 'anchors'],
  queryFn: ({ signal }) => api.audit.anchors({}, { signal }),
  refetchInterval: 5_000,
})

export const auditRetention = queryOptions({
  queryKey: [...root, 'retention'],
  queryFn: ({ signal }) => api.audit.retention({}, { signal }),
})

const guarded = [
  'audit.verify',
  'audit.export',
  'audit.putForwarder',
  'audit.removeForwarder',
  'audit.putAnchor',
  'audit.removeAnchor',
  'audit.setRetention',
  'audit.placeHold',
  'audit.releaseHold',
  'audit.erase',
  'operations.saveView',
  'operations.removeView',
] as const

/** Why this person may not do something on these screens; undefined where they may. */
export const useForbidden = () => useVerdicts(guarded)

/** A change made here; everything known of the log is asked again before it counts as done. */
export function useAuditChange<Input, Result>(change: (input: Input) => Promise<Result>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (input: Input) => {
      requireApplication()
      return change(input)
    },
    onSettled: () => client.invalidateQueries({ queryKey: root }),
  })
}

export const askIntegrityAgain = (client: QueryClient): void => {
  void client.invalidateQueries({ queryKey: auditIntegrity.queryKey })
  void client.invalidateQueries({ queryKey: auditCheckpoints.queryKey })
}

const lookPauseMs = 1_000

/** Keeps what is known of the log's integrity current while mounted. */
export function useIntegrityLive(enabled = true): void {
  const client = useQueryClient()
  const look = useMemo(() => throttle(lookPauseMs, () => askIntegrityAgain(client)), [client])
  useWatch((signal) => api.audit.watch({}, { signal }), look, enabled)
}

/** Whether a page is on its way for the first time: invalidating it would do nothing, and its answer may be old already. */
const isFirstOnItsWay = ({ state }: Query): boolean => state.data === undefined && state.fetchStatus === 'fetching'

/** Keeps the pages shown and the facets current while mounted; paused, they stand still. */
export function useAuditLive(): void {
  const client = useQueryClient()
  const paused = useScope((scope) => scope.pausedAt !== null)
  const look = useMemo(() => {
    const again = throttle(lookPauseMs, () => {
      if (useScope.getState().pausedAt !== null) return
      const early = client.getQueryCache().findAll({ queryKey: pagesKey, predicate: isFirstOnItsWay }).length > 0
      void client.invalidateQueries({ queryKey: pagesKey })
      void client.invalidateQueries({ queryKey: auditFacets.queryKey })
      if (early) again()
    })
    return again
  }, [client])
  useEffect(() => {
    if (!paused) look()
  }, [paused, look])
  useWatch((signal) => api.audit.watch({}, { signal }), look)
}
