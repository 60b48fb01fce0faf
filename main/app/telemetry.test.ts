import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AlertmanagerPeer, type PostableAlert, startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { startFault } from '#e2e/app/peers/fault.ts'
import { available } from '#e2e/app/peers/peer.ts'
import { manualClock } from '#main/kernel/clock.ts'
import type { SourceSpec } from '#main/observability/alerts/inbox/spec.ts'
import { type AlertFilter, alertFilter, type InboxView, inboxView } from '#preload/observability/alerts.ts'
import { composeTelemetry, type TelemetryEvents } from './telemetry.ts'
import { removeFolder, temporaryFolder } from './trial.ts'

const { signal } = new AbortController()
const minute = 60_000
const rules = readFileSync(join(import.meta.dirname, '..', '..', 'resources', 'rules', 'host.rules.yml'), 'utf8')
const everything = ['firing', 'pending', 'acknowledged', 'silenced', 'inhibited', 'resolved'] as const

/** What the worker thread holds, in this thread, with a clock that a test moves. */
describe.runIf(available('prometheus-alertmanager'))('telemetry', () => {
  let peer: AlertmanagerPeer
  let folder: string
  let clock: ReturnType<typeof manualClock>
  let telemetry: ReturnType<typeof composeTelemetry>['methods']
  let events: [name: string, payload: unknown][]

  beforeAll(async () => {
    peer = await startAlertmanager()
  })
  afterAll(() => peer?.stop())
  beforeEach(() => {
    folder = temporaryFolder('telemetry')
    clock = manualClock(Date.now())
    start()
  })
  afterEach(async () => {
    await telemetry.close({})
    await post('Down', -1)
    await post('Slow', -1)
    removeFolder(folder)
  })

  const start = (): void => {
    events = []
    const metrics = join(folder, 'metrics.db')
    telemetry = composeTelemetry({
      historyPath: join(folder, 'history.db'),
      metricsPath: metrics,
      rules,
      hostname: 'this-host',
      clock,
      emit: (name: keyof TelemetryEvents, payload: unknown) => void events.push([name, payload]),
      databases: { metrics },
      readEveryMs: 0,
    }).methods
  }
  const restart = async (): Promise<void> => {
    await telemetry.close({})
    start()
  }
  const told = (name: keyof TelemetryEvents) => events.filter(([event]) => event === name).map(([, payload]) => payload)

  const endpoint = (url: string) => ({ name: 'S', url, auth: { kind: 'none' as const }, tls: {} })
  const source = (id: string, kind: 'alertmanager' | 'prometheus', url: string): SourceSpec => ({
    id,
    name: id.toUpperCase(),
    environment: 'prod',
    intervalMs: 3_600_000,
    kind,
    endpoint: endpoint(url),
  })
  const am = (): SourceSpec => source('am', 'alertmanager', peer.url)
  const setSources = async (...specs: readonly SourceSpec[]): Promise<void> => {
    await telemetry.setSources(specs)
    await telemetry.refresh(null)
  }
  const post = (name: string, minutes = 60, more: Partial<PostableAlert> = {}): Promise<void> =>
    peer.post([
      {
        labels: { alertname: name, severity: 'critical', service: 'shop' },
        startsAt: new Date(Date.now() - 2 * minute).toISOString(),
        endsAt: new Date(Date.now() + minutes * minute).toISOString(),
        ...more,
      },
    ])
  const view = (change: Partial<InboxView> = {}) => ({
    ...inboxView.parse({ states: everything }),
    ...change,
    offset: 0,
    limit: 100,
  })
  const filter = (change: Partial<AlertFilter> = {}): AlertFilter => ({
    ...alertFilter.parse({ states: everything }),
    ...change,
  })
  const states = (): string[] =>
    telemetry
      .list(view({ sort: { by: 'name', direction: 'ascending' } }))
      .rows.map((row) => (row.kind === 'alert' ? `${row.alert.name} ${row.alert.state}` : row.key))
  const idOf = (name: string): string => telemetry.ids(filter({ matchers: `alertname="${name}"` }))[0] ?? ''

  it('ends what a source no longer tells, and remembers when', async () => {
    await post('Down')
    await setSources(am())
    expect(states()).toEqual(['Down firing'])
    clock.advance(10 * minute)
    await post('Down', -1)
    await telemetry.refresh('am')
    expect(states()).toEqual(['Down resolved'])
    expect(told('resolved')).toEqual([{ ids: [idOf('Down')] }])
    const { periods, occurrences } = telemetry.history({ id: idOf('Down'), from: 0, to: clock.now() })
    expect([occurrences, periods[0]?.to]).toEqual([1, new Date(clock.now()).toISOString()])
    clock.advance(25 * 60 * minute)
    const long = idOf('Down')
    await telemetry.refresh('am')
    expect(states()).toEqual([])
    expect(await telemetry.get(long, signal)).toMatchObject({ name: 'Down', state: 'resolved' })
    expect(telemetry.pruneHistory(clock.now())).toBeGreaterThan(0)
    await expect(telemetry.get(long, signal)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('keeps the periods in order when the clock jumps back', async () => {
    await post('Down')
    await setSources(am())
    const id = idOf('Down')
    clock.set(clock.now() - 60 * minute)
    telemetry.setOverlays([
      {
        id,
        acknowledgement: { by: 'ana', at: '', comment: '', since: clock.now() + 120 * minute },
        assignee: null,
        notes: 0,
      },
    ])
    telemetry.setOverlays([{ id, acknowledgement: null, assignee: null, notes: 0 }])
    expect(told('fault')).toEqual([])
    const { periods } = telemetry.history({ id, from: 0, to: clock.now() + 240 * minute })
    expect(periods.map(({ state }) => state)).toEqual(['firing', 'acknowledged', 'firing'])
    const starts = periods.map(({ from }) => from)
    expect(starts).toEqual([...starts].sort())
  })

  it('ends the alerts of a source that was removed while nothing ran', async () => {
    await post('Down')
    await setSources(am())
    await restart()
    expect(states()).toEqual(['Down firing'])
    await setSources({ ...thisMachine })
    expect(states()).toEqual(['Down resolved'])
    expect(told('resolved')).toHaveLength(1)
  })

  it('keeps the alerts of a source that is blocked, and says why', async () => {
    await post('Down')
    await setSources(am())
    const { id, name, environment, intervalMs } = am()
    const error = { code: 'locked', message: 'The vault is locked.', retryable: false } as const
    await setSources({ id, name, environment, intervalMs, kind: 'blocked', product: 'alertmanager', error })
    expect(states()).toEqual(['Down firing'])
    expect(telemetry.sourceStates({})).toMatchObject([{ status: 'paused', error, lastSuccessAt: expect.any(String) }])
    expect(telemetry.targets({})).toMatchObject([{ unavailable: 'The vault is locked.' }, { id: 'local' }])
  })

  it('counts nothing as new at the first look, and what begins later once', async () => {
    await post('Down')
    await setSources(am())
    await expect.poll(() => told('pulse').length).toBeGreaterThan(0)
    await post('Slow')
    await telemetry.refresh('am')
    await expect
      .poll(() => told('pulse').flatMap((pulse) => (pulse as { newCritical: unknown[] }).newCritical))
      .toMatchObject([{ name: 'Slow', environment: 'prod' }])
    await restart()
    await setSources(am())
    await expect.poll(() => telemetry.pulse({}).bySeverity.critical).toBe(2)
    expect(told('pulse').flatMap((pulse) => (pulse as { newCritical: unknown[] }).newCritical)).toEqual([])
  })

  it('does not show what an Alertmanager delivers twice, not even while that is only starting', async () => {
    const alerts = {
      alerts: [
        {
          labels: { alertname: 'Down', job: 'x' },
          annotations: {},
          state: 'firing',
          activeAt: new Date().toISOString(),
          value: '1',
        },
      ],
    }
    await using slow = await startFault({ kind: 'silent' })
    await using prometheus = await startFault(({ url }) => {
      const body = url.includes('/alerts')
        ? url.includes('alertmanagers')
          ? { activeAlertmanagers: [{ url: 'http://am' }], droppedAlertmanagers: [] }
          : alerts
        : url.includes('alertmanagers')
          ? { activeAlertmanagers: [{ url: 'http://am' }], droppedAlertmanagers: [] }
          : { version: '2.42.0', goVersion: 'go' }
      return { kind: 'json', body: { status: 'success', data: body } }
    })
    await telemetry.setSources([source('am', 'alertmanager', slow.url), source('p', 'prometheus', prometheus.url)])
    await telemetry.refresh('p')
    expect(telemetry.sourceStates({}).map(({ id, status }) => [id, status])).toEqual([
      ['am', 'starting'],
      ['p', 'live'],
    ])
    expect(states()).toEqual([])
    slow.become({ kind: 'status', status: 500 })
    await telemetry.setSources([
      source('am', 'alertmanager', 'http://127.0.0.1:1'),
      source('p', 'prometheus', prometheus.url),
    ])
    const statusOfAm = () => telemetry.sourceStates({}).find(({ id }) => id === 'am')?.status
    await expect.poll(statusOfAm).toBe('stale')
    await telemetry.refresh('p')
    expect(states()).toEqual(['Down firing'])
  })

  it('groups, collapses and answers rows by id', async () => {
    await post('Down')
    await post('Slow')
    await setSources(am())
    const grouped = telemetry.list(view({ groupBy: ['alertname'], collapsed: ['["Down"]'] }))
    expect(grouped).toMatchObject({ total: 2, length: 3 })
    expect(telemetry.rows([idOf('Slow'), 'unknown']).map(({ name }) => name)).toEqual(['Slow'])
    expect(telemetry.occurrences([idOf('Down'), 'unknown'])).toHaveLength(1)
    expect(() => telemetry.list(view({ matchers: 'a=' }))).toThrow(expect.objectContaining({ code: 'invalid' }))
    expect(telemetry.related(idOf('Down')).map(({ shared }) => shared)).toEqual([
      expect.arrayContaining(['severity', 'service']),
    ])
    await expect(telemetry.refresh('unknown')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('says in a sentence why there is no graph', async () => {
    await post('Down')
    await setSources(am())
    const request = { id: idOf('Down'), from: clock.now() - minute, to: clock.now(), points: 10 }
    const reason = async () => {
      const graph = await telemetry.graph(request, signal)
      return graph.kind === 'unavailable' ? graph.reason : 'a graph'
    }
    expect(await reason()).toContain('Connect the Prometheus of prod')
    await using prometheus = await startFault({ kind: 'status', status: 503 })
    await setSources(am(), source('p', 'prometheus', prometheus.url))
    expect(await reason()).toContain('No source tells the expression')
    await post('Down', 60, { generatorURL: 'http://elsewhere/graph?g0.expr=up+%3D%3D+0' })
    await telemetry.refresh('am')
    expect(await reason()).toMatch(/^S /)
  })

  it('silences here for as long as the silence lasts, with the clock', async () => {
    await telemetry.setSources([thisMachine])
    const matchers = [{ name: 'alertname', value: '.+', isRegex: true, isEqual: true }]
    await telemetry.setLocalSilences([{ id: 's', matchers, startsAt: clock.now(), endsAt: clock.now() + minute }])
    expect(telemetry.preview({ target: 'local', matchers, limit: 10 })).toEqual({ count: 0, alerts: [], ids: [] })
    expect(telemetry.suppressedCounts({})).toEqual([])
    expect(telemetry.labelNames({})).toEqual([])
    expect(telemetry.labelValues('alertname')).toEqual([])
    expect(telemetry.targetMembers('nothing')).toEqual([])
    expect(telemetry.silences({})).toEqual({ silences: [], unavailable: [] })
  })
})

const thisMachine: SourceSpec = {
  id: 'embedded',
  name: 'This machine',
  environment: 'local',
  kind: 'embedded',
  intervalMs: 3_600_000,
}
