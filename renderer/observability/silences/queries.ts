import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Matcher } from '#preload/observability/matchers.ts'
import type { Silence } from '#preload/observability/silences.ts'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'

const root = ['silences'] as const

export const silenceList = (expired: boolean) => {
  const states: Silence['state'][] = expired ? ['active', 'pending', 'expired'] : ['active', 'pending']
  return queryOptions({
    queryKey: [...root, 'list', states],
    queryFn: ({ signal }) => api.silences.list({ states }, { signal }),
    // A silence made elsewhere that covers nothing changes no alert, so no pulse tells of it.
    refetchInterval: 10_000,
  })
}

export const silenceTargets = queryOptions({
  queryKey: [...root, 'targets'],
  queryFn: ({ signal }) => api.silences.targets({}, { signal }),
})

export const silencePreview = (target: string, matchers: readonly Matcher[]) =>
  queryOptions({
    queryKey: ['silence-preview', target, matchers],
    queryFn: ({ signal }) => api.silences.preview({ target, matchers: [...matchers] }, { signal }),
    staleTime: 5_000,
    gcTime: 60_000,
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

const guarded = ['silences.create', 'silences.edit', 'silences.extend', 'silences.expire'] as const

/** Why this person may not do something on this screen; undefined where they may. */
export const useForbidden = () => useVerdicts(guarded)
export type Forbidden = ReturnType<typeof useForbidden>

const pauseMs = 1_000

/** Keeps the silences and what they suppress current while mounted; looks at most once a second. */
export function useSilencesLive(): void {
  const client = useQueryClient()
  const look = useMemo(() => {
    let waiting = false
    return () => {
      if (waiting) return
      waiting = true
      setTimeout(() => {
        waiting = false
        void client.invalidateQueries({ queryKey: root })
      }, pauseMs)
    }
  }, [client])
  useWatch((signal) => api.alerts.watch({}, { signal }), look)
}
