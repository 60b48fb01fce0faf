import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import type { RolloutInput } from '#preload/deployment/rollouts.ts'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'

const root = ['rollouts'] as const
/** The gateway's windows are a second long. */
const liveEveryMs = 1_000
/** A change is told; this only keeps true when Git was last asked. */
const gitEveryMs = 15_000
const configurationsEveryMs = 10_000

export const serviceList = queryOptions({
  queryKey: [...root, 'services'],
  queryFn: ({ signal }) => api.rollouts.services({}, { signal }),
})

export const releaseList = (service: string) =>
  queryOptions({
    queryKey: [...root, 'releases', service],
    queryFn: ({ signal }) => api.rollouts.releases({ service }, { signal }),
  })

/** What Git says of a service, in each environment where it says something. */
export const gitSourcesOf = (service: string) =>
  queryOptions({
    queryKey: [...root, 'git'],
    queryFn: ({ signal }) => api.gitSources.list({}, { signal }),
    select: (all) => all.filter((source) => source.service === service),
    refetchInterval: gitEveryMs,
  })

/** With what configuration versions run, or would come back; environments tell of their changes elsewhere. */
export const configurationsOf = (service: string) =>
  queryOptions({
    queryKey: [...root, 'configurations', service],
    queryFn: ({ signal }) => api.rollouts.configurations({ service }, { signal }),
    refetchInterval: configurationsEveryMs,
  })

export const rolloutList = queryOptions({
  queryKey: [...root, 'list'],
  queryFn: ({ signal }) => api.rollouts.list({}, { signal }),
})

export const rolloutDetail = (id: string) =>
  queryOptions({ queryKey: [...root, 'one', id], queryFn: ({ signal }) => api.rollouts.get({ id }, { signal }) })

/** Where something can be rolled out to, in the order of the stages. */
export const environmentNames = queryOptions({
  queryKey: [...root, 'environments'],
  queryFn: async ({ signal }) => (await api.environments.list({}, { signal })).map(({ name }) => name),
})

/** Where a metric can be asked for. */
export const prometheusConnections = queryOptions({
  queryKey: [...root, 'connections'],
  queryFn: async ({ signal }) =>
    (await api.connections.list({}, { signal })).filter(({ kind }) => kind === 'prometheus'),
})

export const rolloutPlan = (input: RolloutInput) =>
  queryOptions({
    queryKey: [...root, 'plan', input],
    queryFn: ({ signal }) => api.rollouts.plan(input, { signal }),
    retry: false,
  })

export const liveVersions = (environment: string, service: string) =>
  queryOptions({
    queryKey: ['rollout-measurements', environment, service],
    queryFn: ({ signal }) => api.rollouts.measurements({ environment, service }, { signal }),
    refetchInterval: liveEveryMs,
  })

type Retry = <T>(work: () => Promise<T>) => Promise<T>

/** Each reading is recorded in the audit log, so it is never read again but on demand. The vault tells the secrets in it. */
export const whatItWrote = (environment: string, service: string, version: string, retry: Retry) =>
  queryOptions({
    queryKey: ['rollout-output', environment, service, version],
    queryFn: ({ signal }) => retry(() => api.rollouts.output({ environment, service, version }, { signal })),
    ...{ staleTime: 0, gcTime: 0, retry: false, refetchOnWindowFocus: false, refetchOnReconnect: false },
  })

const guarded = [
  'rollouts.saveService',
  'rollouts.removeService',
  'rollouts.output',
  'rollouts.addRelease',
  'rollouts.repeatRelease',
  'rollouts.exclude',
  'rollouts.start',
  'rollouts.resume',
  'rollouts.abort',
  'rollouts.rollBack',
  'rollouts.decommission',
  'gitSources.save',
  'gitSources.remove',
  'gitSources.read',
] as const

/** Why this person may not do something on these screens; undefined where they may. */
export const useForbidden = () => useVerdicts(guarded)

/** Keeps everything about rollouts current while mounted. */
export function useRolloutsLive(): void {
  const client = useQueryClient()
  useWatch(
    (signal) => api.rollouts.watch({}, { signal }),
    () => void client.invalidateQueries({ queryKey: root }),
  )
}

/**
 * A change; what is shown is asked again before it counts as done. Until then it is not asked for again: of a double
 * click, the second comes before a button could be drawn as busy.
 */
export function useRolloutChange<Input, Result>(change: (input: Input) => Promise<Result>) {
  const client = useQueryClient()
  const underway = useRef(false)
  const mutation = useMutation({
    mutationFn: change,
    async onSettled() {
      await client.invalidateQueries({ queryKey: root }).finally(() => {
        underway.current = false
      })
    },
  })
  const mutate: typeof mutation.mutate = (...given) => {
    if (underway.current) return
    underway.current = true
    mutation.mutate(...given)
  }
  return { ...mutation, mutate }
}
