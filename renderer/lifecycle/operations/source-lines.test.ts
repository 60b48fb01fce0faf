import { describe, expect, it } from 'vitest'
import type { Connection } from '#preload/fleet/connections.ts'
import type { SourceState } from '#preload/observability/alerts.ts'
import { sourceLines } from './source-lines.ts'

const source = (change: Partial<SourceState>): SourceState => ({
  id: 'embedded',
  name: 'This machine',
  kind: 'embedded',
  environment: 'local',
  status: 'live',
  lastSuccessAt: '2026-01-01T00:00:00.000Z',
  nextAttemptAt: null,
  failures: 0,
  error: null,
  version: null,
  alerts: 1,
  ...change,
})

const connection = (id: string, enabled: boolean): Connection => ({
  id,
  kind: 'prometheus',
  name: `connection ${id}`,
  url: 'http://127.0.0.1:9090/',
  environment: 'prod',
  enabled,
  auth: { kind: 'none' },
  tls: { hasKey: false },
  revision: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  state: {
    status: enabled ? 'connected' : 'disabled',
    since: '2026-01-01T00:00:00.000Z',
    lastSuccessAt: null,
    nextAttemptAt: null,
    failures: 0,
    error: null,
    version: null,
  },
})

describe('the sources of the overview', () => {
  it('has what cannot be read first, with its reason, and what is disabled last', () => {
    const error = { code: 'unreachable' as const, message: 'Nothing listens there.', retryable: true }
    const lines = sourceLines(
      [source({}), source({ id: '2', name: 'b', kind: 'prometheus', status: 'stale', error })],
      [connection('2', true), connection('3', false)],
    )
    expect(lines.map(({ name, status, text }) => [name, status, text])).toEqual([
      ['b', 'stale', 'Nothing listens there.'],
      ['This machine', 'live', '1 alert'],
      ['connection 3', 'disabled', ''],
    ])
  })

  it('leads to the rules of this machine and to the connections of others', () => {
    const lines = sourceLines([source({}), source({ id: '2', kind: 'alertmanager' })], [])
    expect(lines.map(({ to }) => to)).toEqual(['/metrics', '/connections'])
  })
})
