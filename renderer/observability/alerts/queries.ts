import { keepPreviousData, queryOptions, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import type { AlertFilter, InboxView } from '#preload/observability/alerts.ts'
import { useScope } from '#renderer/app/scope.ts'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'
import { throttle } from '#renderer/ui/throttle.ts'
import { windowSize } from './window.ts'

const root = ['alerts'] as const
const lists = [...root, 'list'] as const
const details = [...root, 'alert'] as const
const never = Number.POSITIVE_INFINITY

/** One window of the inbox. It stays good until a pulse says that the inbox changed. */
export const inboxWindow = (view: InboxView, offset: number) =>
  queryOptions({
    queryKey: [...lists, view, offset],
    queryFn: ({ signal }) => api.alerts.list({ ...view, offset, limit: windowSize }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: never,
    gcTime: 60_000,
  })

/** How many alerts there are before anybody filters, in these states and environments. */
export const inboxTotal = ({ states, environments }: Pick<AlertFilter, 'states' | 'environments'>) =>
  queryOptions({
    queryKey: [...lists, 'total', states, environments],
    queryFn: ({ signal }) => api.alerts.list({ states, environments, limit: 0 }, { signal }),
    select: ({ total }) => total,
    staleTime: never,
  })

/** Up to 1,000 resolved alerts: when the last of them ended, if that is all of them. */
export const lastResolved = (environments: readonly string[]) =>
  queryOptions({
    queryKey: [...lists, 'resolved', environments],
    queryFn: ({ signal }) =>
      api.alerts.list({ states: ['resolved'], environments: [...environments], limit: 1_000 }, { signal }),
    select: ({ rows, total }) => {
      const ends = rows.flatMap((row) => (row.kind === 'alert' ? (row.alert.endedAt ?? []) : []))
      return total > rows.length ? null : (ends.toSorted().at(-1) ?? null)
    },
  })

export const alertDetail = (id: string) =>
  queryOptions({
    queryKey: [...details, id, 'detail'],
    queryFn: ({ signal }) => api.alerts.get({ id }, { signal }),
  })

export const alertRelated = (id: string) =>
  queryOptions({
    queryKey: [...details, id, 'related'],
    queryFn: ({ signal }) => api.alerts.related({ id }, { signal }),
  })

export const alertActivity = (id: string) =>
  queryOptions({
    queryKey: [...details, id, 'activity'],
    queryFn: ({ signal }) => api.alerts.activity({ id }, { signal }),
  })

/** `from` is rounded by the caller, so that the key does not change with every millisecond. */
export const alertHistory = (id: string, from: string) =>
  queryOptions({
    queryKey: [...details, id, 'history', from],
    queryFn: ({ signal }) => api.alerts.history({ id, from }, { signal }),
    placeholderData: keepPreviousData,
  })

/** Outside of what a pulse invalidates: it asks a Prometheus, and the range moves on by itself. */
export const alertGraph = (id: string, from: number, to: number) =>
  queryOptions({
    queryKey: ['alert-graph', id, from, to],
    queryFn: ({ signal }) =>
      api.alerts.graph({ id, from: new Date(from).toISOString(), to: new Date(to).toISOString() }, { signal }),
    placeholderData: (before, query) => (query?.queryKey[1] === id ? before : undefined),
    staleTime: never,
    gcTime: 60_000,
  })

export const alertSources = queryOptions({
  queryKey: [...root, 'sources'],
  queryFn: ({ signal }) => api.alerts.sources({}, { signal }),
  refetchInterval: 5_000,
})

export const labelNames = queryOptions({
  queryKey: ['alert-labels'],
  queryFn: ({ signal }) => api.alerts.labelNames({}, { signal }),
  staleTime: 10_000,
})

export const labelValues = (name: string) =>
  queryOptions({
    queryKey: ['alert-labels', name],
    queryFn: ({ signal }) => api.alerts.labelValues({ name }, { signal }),
    staleTime: 10_000,
  })

export const me = queryOptions({
  queryKey: ['access', 'me'],
  queryFn: ({ signal }) => api.access.me({}, { signal }),
  staleTime: never,
})

export const preferences = queryOptions({
  queryKey: ['preferences'],
  queryFn: ({ signal }) => api.operations.preferences({}, { signal }),
})

const guarded = [
  'alerts.acknowledge',
  'alerts.unacknowledge',
  'alerts.assign',
  'alerts.note',
  'alerts.refresh',
  'silences.create',
  'operations.saveView',
  'operations.removeView',
] as const

/** Why this person may not do something on this screen; undefined where they may. */
export const useForbidden = () => useVerdicts(guarded)
export type Forbidden = ReturnType<typeof useForbidden>

const listPauseMs = 500
const detailPauseMs = 2_000

/** Keeps what is visible of the inbox current, and looks at most twice a second however often the inbox changes. */
export function useInboxLive(): void {
  const client = useQueryClient()
  const paused = useScope((scope) => scope.pausedAt !== null)
  const look = useMemo(() => {
    const list = throttle(listPauseMs, () => void client.invalidateQueries({ queryKey: lists }))
    const detail = throttle(detailPauseMs, () => void client.invalidateQueries({ queryKey: details }))
    return () => {
      if (useScope.getState().pausedAt !== null) return
      list()
      detail()
    }
  }, [client])
  useEffect(() => {
    if (!paused) look()
  }, [paused, look])
  useWatch((signal) => api.alerts.watch({}, { signal }), look)
}
