import { useQuery } from '@tanstack/react-query'
import type { Connection } from '#preload/fleet/connections.ts'
import type { ConnectionState } from '#renderer/app/ConnectionHealth.tsx'
import type { Environment } from '#renderer/app/EnvironmentScope.tsx'
import { isProduction, kindNames } from './columns.tsx'
import { connectionList, useConnectionsLive } from './queries.ts'

const states: Readonly<Record<Connection['state']['status'], ConnectionState['state']>> = {
  unreachable: 'failed',
  'vault-locked': 'degraded',
  connecting: 'connecting',
  connected: 'connected',
  unknown: 'unknown',
  disabled: 'unknown',
}

const healthOf = ({ id, name, kind, state }: Connection): ConnectionState => ({
  id,
  name,
  kind: kindNames[kind],
  state: states[state.status],
  message: state.error?.message,
  checkedAt: state.lastSuccessAt ?? undefined,
})

function kindOf(environment: string): Environment['kind'] {
  if (isProduction(environment)) return 'production'
  if (/^stag(e|ing)$/.test(environment)) return 'staging'
  return /^(dev|development|test|local)$/.test(environment) ? 'development' : 'other'
}

/**
 * What the top bar shows of connections: their health (disabled ones left out), and the environments: the stages in
 * their order, then those that only connections name.
 */
export function useConnectionsOverview(stages: readonly string[]): {
  readonly connections: readonly ConnectionState[]
  readonly environments: readonly Environment[]
} {
  useConnectionsLive()
  const { data = [] } = useQuery(connectionList)
  const named = data.map(({ environment }) => environment).sort()
  const names = [...new Set([...stages, ...named])]
  return {
    connections: data.filter(({ enabled }) => enabled).map(healthOf),
    environments: names.map((name) => ({ id: name, name, kind: kindOf(name) })),
  }
}
