import type { Connection } from '#preload/fleet/connections.ts'
import type { SourceState } from '#preload/observability/alerts.ts'
import { plural } from '#renderer/ui/format.ts'

/** Worst first. */
const order: readonly SourceLine['status'][] = ['stale', 'paused', 'starting', 'live', 'disabled']

export type SourceLine = Pick<SourceState, 'id' | 'name' | 'environment' | 'lastSuccessAt'> & {
  readonly status: SourceState['status'] | 'disabled'
  readonly to: string
  readonly text: string
}

/** Sources and the connections that are none at present, worst first. */
export function sourceLines(
  sources: readonly SourceState[],
  connections: readonly Connection[],
): readonly SourceLine[] {
  const active = sources.map(({ kind, error, alerts, ...source }) => ({
    ...source,
    to: kind === 'embedded' ? '/metrics' : '/connections',
    text: error?.message ?? plural(alerts, 'alert'),
  }))
  const disabled = connections
    .filter(({ enabled }) => !enabled)
    .map(({ id, name, environment, state }) => ({
      id,
      name,
      environment,
      lastSuccessAt: state.lastSuccessAt,
      status: 'disabled' as const,
      to: '/connections',
      text: '',
    }))
  return [...active, ...disabled].sort((left, right) => order.indexOf(left.status) - order.indexOf(right.status))
}
