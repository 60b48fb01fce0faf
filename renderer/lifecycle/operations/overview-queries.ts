import { keepPreviousData, queryOptions, useQueryClient } from '@tanstack/react-query'
import type { Input } from '#preload/contract/define.ts'
import type { alerts } from '#preload/observability/alerts.ts'
import { useScope } from '#renderer/app/scope.ts'
import { api } from '#renderer/rpc/client.ts'
import { useWatch } from '#renderer/rpc/watch.ts'
import { isChange } from './is-change.ts'
import { type Spark, sparkExpressions, sparkMs, sparkNames, sparkPoints, valuesOf } from './sparks.ts'

const root = ['overview'] as const
const machineKey = [...root, 'machine'] as const
const alertsKey = [...root, 'alerts'] as const
const sourcesKey = [...root, 'sources'] as const
const changesKey = [...root, 'changes'] as const

export type AlertView = Input<(typeof alerts)['operations']['list']>

export const inboxPart = (view: AlertView) =>
  queryOptions({
    queryKey: [...alertsKey, view],
    queryFn: ({ signal }) => api.alerts.list(view, { signal }),
    placeholderData: keepPreviousData,
  })

const resolvedAtMost = 1_000

/** When the last alert ended, of those that ended within a day; null when none did. */
export const lastResolved = (environments: string[]) =>
  queryOptions({
    queryKey: [...root, 'resolved', environments],
    queryFn: async ({ signal }) => {
      const view: AlertView = { states: ['resolved'], environments, limit: resolvedAtMost }
      const { rows } = await api.alerts.list(view, { signal })
      const ends = rows.flatMap((row) => (row.kind === 'alert' && row.alert.endedAt !== null ? row.alert.endedAt : []))
      return ends.sort().at(-1) ?? null
    },
    staleTime: 30_000,
  })

export const alertSources = queryOptions({
  queryKey: [...sourcesKey, 'alerts'],
  queryFn: ({ signal }) => api.alerts.sources({}, { signal }),
})

export const connectionList = queryOptions({
  queryKey: [...sourcesKey, 'connections'],
  queryFn: ({ signal }) => api.connections.list({}, { signal }),
})

/** Under the key of the list that the frame keeps current for its menu, so that health is measured once for both. */
export const environmentHealth = queryOptions({
  queryKey: ['environments', 'list'],
  queryFn: ({ signal }) => api.environments.list({}, { signal }),
})

const rolloutsKey = [...root, 'rollouts'] as const

/** Those under way, and the last that ended. */
export const recentRollouts = queryOptions({
  queryKey: rolloutsKey,
  queryFn: ({ signal }) => api.rollouts.list({}, { signal }),
})

const changesShown = 12
/** Readings of the log are among its entries. */
const entriesRead = 60

export const lastChanges = queryOptions({
  queryKey: changesKey,
  queryFn: async ({ signal }) => {
    const { entries } = await api.audit.list({ limit: entriesRead }, { signal })
    return entries.filter(({ operation }) => isChange(operation)).slice(0, changesShown)
  },
})

const approvalsKey = [...root, 'approvals'] as const

/** Requests that wait for this person's signature. */
export const waitingApprovals = queryOptions({
  queryKey: approvalsKey,
  queryFn: ({ signal }) => api.governance.approvals({ show: 'waiting' }, { signal }),
})

export const me = queryOptions({
  queryKey: [...root, 'me'],
  queryFn: ({ signal }) => api.access.me({}, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

export const hostReading = queryOptions({
  queryKey: [...machineKey, 'reading'],
  queryFn: ({ signal }) => api.metrics.host({}, { signal }),
})

/** The last quarter of an hour of everything that has a sparkline. */
export const sparkValues = queryOptions({
  queryKey: [...machineKey, 'sparks'],
  queryFn: async ({ signal }) => {
    const to = Date.now()
    const from = to - sparkMs
    const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), points: sparkPoints }
    const ask = async (name: Spark) => {
      const { series, stepSeconds } = await api.metrics.range(
        { expression: sparkExpressions[name], ...range },
        { signal },
      )
      return [name, valuesOf(series[0], from, stepSeconds)] as const
    }
    return Object.fromEntries(await Promise.all(sparkNames.map(ask))) as Readonly<
      Record<Spark, readonly (number | null)[]>
    >
  },
})

/** Keeps the whole screen current; while time is paused nothing moves. */
export function useOverviewLive(): void {
  const client = useQueryClient()
  const paused = useScope((scope) => scope.pausedAt !== null)
  const ask = (...keys: readonly (readonly string[])[]) => {
    if (!paused) for (const queryKey of keys) void client.invalidateQueries({ queryKey })
  }
  useWatch(
    (signal) => api.metrics.watch({}, { signal }),
    () => ask(machineKey),
  )
  useWatch(
    (signal) => api.alerts.watch({}, { signal }),
    () => ask(alertsKey, sourcesKey),
  )
  useWatch(
    (signal) => api.connections.watch({}, { signal }),
    () => ask(sourcesKey),
  )
  useWatch(
    (signal) => api.rollouts.watch({}, { signal }),
    () => ask(rolloutsKey),
  )
}

/** Keeps the requests for approval current; for whoever may see them. */
export function useApprovalsLive(): void {
  const client = useQueryClient()
  useWatch(
    (signal) => api.governance.watch({}, { signal }),
    ({ changed }) => {
      if (changed === 'approvals') void client.invalidateQueries({ queryKey: approvalsKey })
    },
  )
}

/** Keeps the last changes current; for whoever may read the audit log. */
export function useChangesLive(): void {
  const client = useQueryClient()
  const paused = useScope((scope) => scope.pausedAt !== null)
  useWatch(
    (signal) => api.audit.watch({}, { signal }),
    () => {
      if (!paused) void client.invalidateQueries({ queryKey: changesKey })
    },
  )
}
