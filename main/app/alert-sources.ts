import type { Dependent, Opened } from '#main/fleet/connections/service.ts'
import type { StoredConnection } from '#main/fleet/connections/store.ts'
import type { SourceSpec } from '#main/observability/alerts/inbox/spec.ts'
import type { ConnectionState } from '#preload/fleet/connections.ts'
import type { SourceState } from '#preload/observability/alerts.ts'

const pollEveryMs = 15_000
const readRulesEveryMs = 5_000

/** This application's own rules, as a source of alerts. */
const thisMachine: SourceSpec = {
  id: 'embedded',
  name: 'This machine',
  environment: 'local',
  kind: 'embedded',
  intervalMs: readRulesEveryMs,
}

/** Connections as sources of alerts, and this machine among them. */
export const sourceSpecs = (opened: readonly Opened[], intervalMs = pollEveryMs): SourceSpec[] => [
  thisMachine,
  ...opened.map((entry): SourceSpec => {
    const { id, name, environment, kind } = entry.connection
    const common = { id, name, environment, intervalMs }
    return entry.kind === 'ready'
      ? { ...common, kind, endpoint: entry.endpoint }
      : { ...common, kind: 'blocked', product: kind, error: entry.error.toShape() }
  }),
]

const statuses: Readonly<Record<SourceState['status'], ConnectionState['status']>> = {
  starting: 'connecting',
  live: 'connected',
  stale: 'unreachable',
  paused: 'vault-locked',
}

/** A connection's state as its source tells it. `remembered` keeps since when the status holds. */
export function connectionState(
  connection: StoredConnection,
  sources: readonly SourceState[],
  remembered: Map<string, ConnectionState>,
  now: string,
): ConnectionState {
  const source = sources.find(({ id }) => id === connection.id)
  const status = !connection.enabled ? 'disabled' : source ? statuses[source.status] : 'unknown'
  const before = remembered.get(connection.id)
  const state: ConnectionState = {
    status,
    since: before?.status === status ? before.since : now,
    lastSuccessAt: source?.lastSuccessAt ?? before?.lastSuccessAt ?? null,
    nextAttemptAt: source?.nextAttemptAt ?? null,
    failures: source?.failures ?? 0,
    error: connection.enabled ? (source?.error ?? null) : null,
    version: source?.version ?? null,
  }
  remembered.set(connection.id, state)
  return state
}

/** What depends on a connection: the alerts that came from it. */
export function alertDependents(id: string, sources: readonly SourceState[]): readonly Dependent[] {
  const count = sources.find((source) => source.id === id)?.alerts ?? 0
  if (count === 0) return []
  const text = `${count === 1 ? '1 alert in the inbox comes' : `${count} alerts in the inbox come`} from it`
  return [{ kind: 'alerts', count, text }]
}
