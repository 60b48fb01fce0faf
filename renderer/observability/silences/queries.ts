import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { AppError } from '#preload/contract/error.ts'
import type { Matcher } from '#preload/observability/matchers.ts'
import type { Silence } from '#preload/observability/silences.ts'
import { api } from '#renderer/rpc/client.ts'
import { useBridge } from '#renderer/rpc/connection.ts'
import { useWatch } from '#renderer/rpc/watch.ts'

const root = ['silences'] as const
const never = Number.POSITIVE_INFINITY

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

const verdicts = queryOptions({
  queryKey: ['verdicts', 'silences'],
  queryFn: ({ signal }) => api.access.verdicts({ operations: [...guarded] }, { signal }),
  staleTime: never,
})

export type Forbidden = (operation: (typeof guarded)[number]) => string | undefined

/** Why this person may not call an operation; undefined where they may. */
export function useForbidden(): Forbidden {
  const { data } = useQuery(verdicts)
  return (operation) => data?.[operation]?.reason ?? undefined
}

/** A change made while the application is away must not happen later, behind a person's back. @throws AppError */
export function requireApplication(): void {
  if (useBridge.getState().status === 'connected') return
  throw new AppError('unreachable', 'The application does not answer, so nothing was changed.', {
    hint: 'Try again when it is back; the page connects by itself.',
  })
}

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
