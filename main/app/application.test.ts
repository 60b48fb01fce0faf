import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AlertmanagerPeer, startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { type Exporter, startExporter } from '#e2e/app/peers/exporter.ts'
import { available } from '#e2e/app/peers/peer.ts'
import { type PrometheusPeer, startPrometheus } from '#e2e/app/peers/prometheus.ts'
import { startProxy, type Proxy as TcpProxy } from '#e2e/app/peers/proxy.ts'
import { leafHash } from '#main/kernel/audit/merkle.ts'
import { rootFromInclusion } from '#main/kernel/audit/proof.ts'
import type { AlertRow } from '#preload/observability/alerts.ts'
import { collect, filesBelow, filesWith, removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const ready = available('prometheus') && available('prometheus-alertmanager')
const soon = { timeout: 15_000, interval: 50 } as const
const rules = `
groups:
- name: shop
  interval: 1s
  rules:
  - { alert: QueueLong, expr: 'queue_length > 10', labels: { severity: critical }, annotations: { summary: 'The queue is long' } }
  - { alert: QueueSoon, expr: 'queue_length > 10', for: 1h, labels: { severity: warning } }
`
const inMinutes = (count: number): string => new Date(Date.now() + count * 60_000).toISOString()
const none = { kind: 'none' } as const

/** One story, told in order: each test goes on where the one before it ended. */
describe.runIf(ready)('the application before a Prometheus and a cluster of two Alertmanagers', () => {
  const folder = temporaryFolder()
  let exporter: Exporter
  let alertmanagers: readonly [AlertmanagerPeer, AlertmanagerPeer]
  let prometheus: PrometheusPeer
  let proxies: readonly [TcpProxy, TcpProxy]
  let trial: Trial
  const ids = { a: '', b: '', prometheus: '' }

  const rows = async (environment = 'production', name = ''): Promise<AlertRow[]> => {
    const all = ['firing', 'pending', 'acknowledged', 'silenced', 'inhibited', 'resolved'] as const
    const matchers = name ? `alertname="${name}"` : ''
    const answer = await trial.api.alerts.list({ environments: [environment], states: [...all], matchers })
    return answer.rows.flatMap((row) => (row.kind === 'alert' ? [row.alert] : []))
  }
  const only = async (name: string): Promise<AlertRow> => {
    const found = await rows('production', name)
    expect(found.map((row) => row.labels)).toHaveLength(1)
    return found[0] as AlertRow
  }
  const stateOf = (name: string) => async () => (await rows('production', name)).map(({ state }) => state)
  const statusOf = (id: string) => async () => (await trial.api.connections.get({ id })).state.status
  const restart = async (): Promise<void> => {
    await trial.close()
    trial = await startTrial(folder)
  }
  const connect = async (kind: 'prometheus' | 'alertmanager', name: string, url: string): Promise<string> =>
    (await trial.api.connections.create({ kind, name, url, environment: 'production', auth: none, tls: {} })).id
  const setQueue = (length: number): void => exporter.set('queue_length', { queue: 'mäil' }, length)

  beforeAll(async () => {
    exporter = await startExporter()
    setQueue(3)
    const first = await startAlertmanager({ cluster: { peers: [] } })
    const second = await startAlertmanager({ cluster: { peers: [first.clusterAddress ?? ''] } })
    alertmanagers = [first, second]
    prometheus = await startPrometheus({
      rules,
      targets: [{ job: 'shop', address: exporter.address }],
      alertmanagers: alertmanagers.map(({ url }) => url),
      externalLabels: { region: 'eu' },
    })
    proxies = [await startProxy(first.url), await startProxy(second.url)]
    trial = await startTrial(folder)
  })
  afterAll(async () => {
    await trial?.close()
    for (const proxy of proxies ?? []) await proxy[Symbol.asyncDispose]()
    await prometheus?.stop()
    for (const peer of alertmanagers ?? []) await peer.stop()
    await exporter?.[Symbol.asyncDispose]()
    removeFolder(folder)
  })

  it('walks a connection before it is saved, and saves nothing by that', async () => {
    const steps: string[] = []
    const draft = {
      kind: 'alertmanager',
      name: 'A',
      url: proxies[0].url,
      environment: 'production',
      auth: none,
    } as const
    for await (const { step, status } of trial.api.connections.test({ draft: { ...draft, tls: {} } }))
      if (status !== 'running') steps.push(`${step} ${status}`)
    expect(steps).toEqual(['dns ok', 'tcp ok', 'tls skipped', 'http ok', 'auth ok', 'product ok'])
    expect(await trial.api.connections.list({})).toEqual([])
  })

  it('connects', async () => {
    ids.a = await connect('alertmanager', 'A', proxies[0].url)
    ids.b = await connect('alertmanager', 'B', proxies[1].url)
    ids.prometheus = await connect('prometheus', 'Metrics', prometheus.url)
    for (const id of Object.values(ids)) await expect.poll(statusOf(id), soon).toBe('connected')
    expect((await trial.api.alerts.sources({})).map(({ name }) => name).sort()).toEqual([
      'A',
      'B',
      'Metrics',
      'This machine',
    ])
  })

  it('fills the inbox: one alert for both members of the cluster, and none doubled by the Prometheus behind it', async () => {
    setQueue(42)
    await expect.poll(stateOf('QueueLong'), soon).toEqual(['firing'])
    await expect.poll(stateOf('QueueSoon'), soon).toEqual(['pending'])
    await expect.poll(async () => (await only('QueueLong')).sources.map(({ name }) => name), soon).toEqual(['A', 'B'])
    expect(await rows()).toHaveLength(2)
    const row = await only('QueueLong')
    expect(row).toMatchObject({ severity: 'critical', summary: 'The queue is long' })
    expect(row.labels).toMatchObject({ queue: 'mäil', region: 'eu' })
    const detail = await trial.api.alerts.get({ id: row.id })
    expect(detail.sources.map(({ state }) => state)).toEqual(['firing', 'firing'])
    expect(detail.expression).toBe('queue_length > 10')
  })

  it('tells the present state to whoever begins to watch', async () => {
    const abort = new AbortController()
    for await (const pulse of trial.api.alerts.watch({}, { signal: abort.signal })) {
      expect(pulse.bySeverity.critical).toBeGreaterThanOrEqual(1)
      break
    }
  })

  it('knows what is related, which labels there are, and who may do what', async () => {
    const { id } = await only('QueueLong')
    const related = await trial.api.alerts.related({ id })
    expect(related.find(({ alert }) => alert.name === 'QueueSoon')?.shared).toContain('queue')
    expect((await trial.api.alerts.labelNames({})).map(({ name }) => name)).toContain('queue')
    expect(await trial.api.alerts.labelValues({ name: 'queue' })).toEqual([{ value: 'mäil', count: 2 }])
    expect(await trial.api.alerts.ids({ matchers: 'alertname="QueueLong"' })).toEqual([id])
    const operations = ['alerts.list', 'alerts.note', 'alerts.nothing']
    expect(await trial.as('viewer').access.verdicts({ operations })).toMatchObject({
      'alerts.list': { allowed: true },
      'alerts.note': { allowed: false, reason: expect.stringContaining('read-only') },
      'alerts.nothing': { allowed: false },
    })
    expect(await trial.api.access.me({})).toMatchObject({ name: 'ana', roles: ['admin'], via: 'browser' })
  })

  it('takes an acknowledgement back, once', async () => {
    const { id } = await only('QueueLong')
    await trial.api.alerts.acknowledge({ ids: [id], comment: 'by mistake' })
    expect(await trial.api.alerts.unacknowledge({ ids: [id] })).toEqual({ changed: 1 })
    expect(await only('QueueLong')).toMatchObject({ state: 'firing', acknowledgement: null })
    await expect(trial.api.alerts.unacknowledge({ ids: [id] })).rejects.toMatchObject({ code: 'conflict' })
    const [entry] = (await trial.api.audit.list({ operation: 'alerts.unacknowledge', outcome: 'succeeded' })).entries
    expect(entry).toMatchObject({ before: { [id]: { comment: 'by mistake' } }, after: { acknowledged: false } })
  })

  it('keeps an acknowledgement, an assignee and a note over a restart', async () => {
    const { id } = await only('QueueLong')
    expect(await trial.api.alerts.acknowledge({ ids: [id], comment: 'on it' })).toEqual({ changed: 1 })
    await trial.api.alerts.assign({ ids: [id], assignee: 'bo' })
    await trial.api.alerts.note({ ids: [id], text: 'looks like Tuesday' })
    const told = { state: 'acknowledged', assignee: 'bo', notes: 1, acknowledgement: { by: 'ana', comment: 'on it' } }
    expect(await only('QueueLong')).toMatchObject(told)
    await restart()
    expect(await only('QueueLong')).toMatchObject(told)
    await expect.poll(statusOf(ids.a), soon).toBe('connected')
    expect(await only('QueueLong')).toMatchObject(told)
    expect((await rows()).length).toBe(2)
  })

  it('ends the acknowledgement when the alert resolves, and shows the next occurrence without it', async () => {
    const { id } = await only('QueueLong')
    setQueue(3)
    await expect.poll(stateOf('QueueLong'), soon).toEqual(['resolved'])
    await expect.poll(async () => (await trial.api.alerts.activity({ id }))[0]?.kind, soon).toBe('cleared')
    await expect(trial.api.alerts.acknowledge({ ids: [id] })).rejects.toMatchObject({ code: 'conflict' })
    setQueue(42)
    await expect.poll(stateOf('QueueLong'), soon).toEqual(['firing'])
    expect(await only('QueueLong')).toMatchObject({ id, acknowledgement: null, assignee: 'bo', notes: 1 })
  })

  it('keeps the history of both occurrences over a restart', async () => {
    const { id } = await only('QueueLong')
    const { periods: before } = await trial.api.alerts.history({ id })
    await restart()
    const { periods, occurrences, watchedSince, firingSeconds } = await trial.api.alerts.history({ id })
    expect(periods.slice(0, before.length - 1)).toEqual(before.slice(0, -1))
    expect(occurrences).toBe(2)
    expect(periods.map(({ state }) => state)).toEqual(expect.arrayContaining(['firing', 'acknowledged']))
    expect(periods.at(-1)).toMatchObject({ state: 'firing', to: null })
    expect(Date.parse(watchedSince ?? '')).toBeLessThanOrEqual(Date.now())
    expect(firingSeconds).toBeGreaterThan(0)
    await expect.poll(statusOf(ids.a), soon).toBe('connected')
  })

  it('draws the graph of the rule with its threshold and when it fired', async () => {
    const { id } = await only('QueueLong')
    const graph = await trial.api.alerts.graph({ id, from: inMinutes(-5), to: inMinutes(0), points: 300 })
    expect(graph).toMatchObject({
      kind: 'series',
      from: 'Metrics',
      expression: 'queue_length > 10',
      shown: 'queue_length',
      threshold: { operator: '>', value: 10 },
      hidden: 0,
      series: [{ labels: { queue: 'mäil' } }],
    })
    if (graph.kind !== 'series') throw new Error(graph.reason)
    expect(graph.series[0]?.points.map(([, value]) => value)).toEqual(expect.arrayContaining([42, 3]))
    expect(graph.firing.length).toBeGreaterThanOrEqual(2)
    expect(graph.firing.at(-1)?.to).toBeNull()
  })

  it('silences in the one cluster what the preview showed, and counts what it suppresses', async () => {
    const targets = await trial.api.silences.targets({})
    const cluster = targets.find(({ kind }) => kind === 'alertmanager')
    expect(targets.map(({ name }) => name)).toEqual(['A + B', 'This workspace'])
    const matchers = [{ name: 'alertname', value: 'QueueLong', isRegex: false, isEqual: true }]
    const target = cluster?.id ?? ''
    const preview = await trial.api.silences.preview({ target, matchers })
    expect([preview.count, preview.alerts.map(({ name }) => name)]).toEqual([1, ['QueueLong']])
    const draft = { target, matchers, startsAt: inMinutes(0), endsAt: inMinutes(60), comment: 'CHG-1' }
    const { id } = await trial.api.silences.create(draft)
    await expect.poll(stateOf('QueueLong'), soon).toEqual(['silenced'])
    const { silences } = await trial.api.silences.list({})
    expect(silences).toMatchObject([{ id, target, state: 'active', createdBy: 'ana', suppressed: 1 }])
    const alert = await only('QueueLong')
    expect((await trial.api.alerts.activity({ id: alert.id }))[0]).toMatchObject({ kind: 'silenced', by: 'ana' })

    const edited = await trial.api.silences.edit({ ...draft, id, comment: 'CHG-2' })
    const later = inMinutes(120)
    const { silences: moved } = await trial.api.silences.extend({ silences: [edited], endsAt: later })
    await expect
      .poll(
        async () => (await trial.api.silences.list({})).silences.map(({ comment, endsAt }) => [comment, endsAt]),
        soon,
      )
      .toEqual([['CHG-2', later]])
    expect(await trial.api.silences.expire({ silences: moved })).toEqual({ expired: 1 })
    await expect.poll(stateOf('QueueLong'), soon).toEqual(['firing'])
    expect((await trial.api.silences.list({})).silences).toEqual([])
    const expired = (await trial.api.silences.list({ states: ['expired'] })).silences
    expect(expired.map((silence) => silence.id)).toEqual(expect.arrayContaining(moved.map((one) => one.id)))
  })

  it('refuses a silence of everything, of the past and of a target that is gone', async () => {
    const matchers = [{ name: 'a', value: '.*', isRegex: true, isEqual: true }]
    const sound = [{ name: 'a', value: 'b', isRegex: false, isEqual: true }]
    const draft = { target: 'local', matchers, startsAt: inMinutes(0), endsAt: inMinutes(60), comment: 'x' }
    const { silences } = trial.api
    await expect(silences.create(draft)).rejects.toMatchObject({ code: 'invalid', at: 'matchers' })
    const past = { ...draft, matchers: sound, startsAt: inMinutes(-60), endsAt: inMinutes(-1) }
    await expect(silences.create(past)).rejects.toMatchObject({ code: 'invalid', at: 'endsAt' })
    await expect(silences.create({ ...draft, matchers: sound, target: 'gone' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('silences here what has no silences of its own, and lets it go again', async () => {
    const matchers = [{ name: 'alertname', value: 'QueueSoon', isRegex: false, isEqual: true }]
    const draft = { target: 'local', matchers, startsAt: inMinutes(0), endsAt: inMinutes(60), comment: 'known' }
    const reference = await trial.api.silences.create(draft)
    expect(await stateOf('QueueSoon')()).toEqual(['silenced'])
    expect((await trial.api.silences.list({})).silences).toMatchObject([{ target: 'local', suppressed: 1 }])
    await trial.api.silences.expire({ silences: [reference] })
    expect(await stateOf('QueueSoon')()).toEqual(['pending'])
  })

  it('keeps the last state while the Alertmanagers are away, and changes nothing there', async () => {
    const silencesThere = async () =>
      (await (await fetch(`${alertmanagers[0].url}/api/v2/silences`)).json()) as unknown[]
    const before = (await silencesThere()).length
    for (const proxy of proxies) await proxy.cut()
    await expect.poll(statusOf(ids.a), soon).toBe('unreachable')
    await expect.poll(statusOf(ids.b), soon).toBe('unreachable')
    const source = (await trial.api.alerts.sources({})).find(({ id }) => id === ids.a)
    expect(source).toMatchObject({ status: 'stale', error: { code: 'unreachable' }, lastSuccessAt: expect.any(String) })
    expect(Date.parse(source?.nextAttemptAt ?? '')).toBeGreaterThan(Date.parse(source?.lastSuccessAt ?? ''))
    expect(source?.failures).toBeGreaterThan(0)
    await trial.api.alerts.refresh({ source: ids.prometheus })
    expect((await only('QueueLong')).sources.map(({ name }) => name)).toEqual(['A', 'B'])

    const [target] = await trial.api.silences.targets({})
    expect(target?.unavailable).toContain('refused the connection')
    const matchers = [{ name: 'alertname', value: 'QueueLong', isRegex: false, isEqual: true }]
    const draft = { target: target?.id ?? '', matchers, startsAt: inMinutes(0), endsAt: inMinutes(60), comment: 'x' }
    await expect(trial.api.silences.create(draft)).rejects.toMatchObject({ code: 'unreachable' })
    expect((await silencesThere()).length).toBe(before)
    const { unavailable, silences } = await trial.api.silences.list({})
    expect(unavailable).toMatchObject([{ name: 'A + B', asOf: expect.any(String) }])
    expect(silences).toEqual([])
    const [entry] = (await trial.api.audit.list({ operation: 'silences.create', outcome: 'failed' })).entries
    expect(entry).toMatchObject({ actor: 'ana', error: { code: 'unreachable' } })
    const jobs = await trial.api.operations.jobs({})
    expect(jobs.map(({ title }) => title)).toEqual(expect.arrayContaining(['Reconnect to A', 'Poll Metrics']))
  })

  it('comes back by itself', async () => {
    for (const proxy of proxies) await proxy.restore()
    await expect.poll(statusOf(ids.a), soon).toBe('connected')
    await expect.poll(statusOf(ids.b), soon).toBe('connected')
    await expect.poll(stateOf('QueueLong'), soon).toEqual(['firing'])
  })

  it('moves its alerts to another environment with the connection', async () => {
    for (const id of [ids.a, ids.b]) {
      const { name, kind, url, revision } = await trial.api.connections.get({ id })
      await trial.api.connections.update({ id, revision, name, kind, url, environment: 'staging', auth: none, tls: {} })
    }
    await expect
      .poll(async () => (await rows('staging')).map(({ name, state, sources }) => [name, state, sources.length]), soon)
      .toEqual([['QueueLong', 'firing', 2]])
    // The Prometheus stays in production, where now no Alertmanager delivers for it: the same alert goes on from there.
    await expect
      .poll(
        async () => (await rows('production', 'QueueLong')).map(({ state, sources }) => [state, sources[0]?.name]),
        soon,
      )
      .toEqual([['firing', 'Metrics']])
  })

  it('ends the alerts of a connection that is disabled, and brings them back', async () => {
    await trial.api.connections.setEnabled({ id: ids.a, enabled: false })
    await expect.poll(async () => (await rows('staging'))[0]?.sources.map(({ name }) => name), soon).toEqual(['B'])
    expect(await statusOf(ids.a)()).toBe('disabled')
    await trial.api.connections.setEnabled({ id: ids.a, enabled: true })
    await expect.poll(async () => (await rows('staging'))[0]?.sources.map(({ name }) => name), soon).toEqual(['A', 'B'])
  })

  it('ends the alerts of a connection that is removed', async () => {
    expect(await trial.api.connections.dependents({ id: ids.b })).toMatchObject([{ kind: 'alerts', count: 1 }])
    for (const id of [ids.a, ids.b]) await trial.api.connections.remove({ id })
    await expect.poll(async () => (await rows('staging')).map(({ state }) => state), soon).toEqual(['resolved'])
    await expect(trial.api.connections.get({ id: ids.a })).rejects.toMatchObject({ code: 'not_found' })
    expect((await trial.api.silences.targets({})).map(({ id }) => id)).toEqual(['local'])
  })

  it('keeps secrets in the vault and nowhere else, and goes on after it is unlocked', async () => {
    const token = 'tok-5e3c1a77-never-in-the-open'
    const input = {
      kind: 'alertmanager',
      name: 'Guarded',
      url: alertmanagers[0].url,
      environment: 'guarded',
      auth: { kind: 'bearer', token },
      tls: {},
    } as const
    await expect(trial.api.connections.create(input)).rejects.toMatchObject({ code: 'locked' })
    await trial.api.access.createVault({ passphrase })
    const { id } = await trial.api.connections.create(input)
    await expect.poll(statusOf(id), soon).toBe('connected')

    await restart()
    expect(await trial.api.access.vault({})).toMatchObject({ state: 'locked', by: 'passphrase' })
    expect(await statusOf(id)()).toBe('vault-locked')
    expect((await rows('guarded')).map(({ state }) => state)).toEqual(['firing'])
    await expect(trial.api.access.unlockVault({ passphrase: 'a wrong passphrase' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await trial.api.access.unlockVault({ passphrase })
    await expect.poll(statusOf(id), soon).toBe('connected')
    await trial.api.access.lockVault({})
    await expect.poll(statusOf(id), soon).toBe('vault-locked')

    const answers = JSON.stringify([
      await trial.api.connections.list({}),
      await trial.api.audit.list({ limit: 1_000 }),
      await trial.api.alerts.sources({}),
      await trial.api.operations.jobs({}),
    ])
    expect(answers).toContain('Guarded')
    for (const secret of [token, passphrase, 'a wrong passphrase']) {
      expect(answers).not.toContain(secret)
      expect(filesWith(folder, secret)).toEqual([])
    }
    expect(filesWith(folder, 'Guarded')).not.toEqual([])
  })

  it('saves views and preferences, runs its own jobs, and tells whoever watches', async () => {
    const abort = new AbortController()
    const changes: string[] = []
    const watching = (async () => {
      for await (const { changed } of trial.api.operations.watch({}, { signal: abort.signal })) changes.push(changed)
    })().catch(() => {})
    const view = await trial.api.operations.saveView({ screen: 'alerts', name: 'Mine', search: { q: 'ü' } })
    await trial.api.operations.saveView({ screen: 'alerts', name: 'Mine', search: { q: 'new' } })
    expect(await trial.api.operations.views({ screen: 'alerts' })).toMatchObject([
      { id: view.id, search: { q: 'new' } },
    ])
    await trial.api.operations.removeView({ id: view.id })
    await expect(trial.api.operations.removeView({ id: view.id })).rejects.toMatchObject({ code: 'not_found' })
    await trial.api.operations.setPreferences({ quietHours: { from: '22:00', to: '06:00' }, watchedProcesses: ['x'] })
    expect(await trial.api.operations.preferences({})).toMatchObject({ notifications: true, watchedProcesses: ['x'] })

    const all = await trial.api.operations.jobs({})
    expect(all.map(({ kind }) => kind)).toContain('expire-environments')
    // That one comes every minute, by itself perhaps just now.
    const byHand = (kind: string): boolean => kind !== 'poll' && kind !== 'expire-environments'
    const scheduled = all.filter(({ kind }) => byHand(kind))
    expect(scheduled.map(({ kind }) => kind).sort()).toEqual(['audit-retention', 'backup', 'retention'])
    for (const { id } of scheduled) expect(await trial.api.operations.runJob({ id })).toEqual({ started: true })
    const progress = async () =>
      (await trial.api.operations.jobs({})).filter(({ kind }) => byHand(kind)).map((job) => Boolean(job.progress))
    await expect.poll(progress, soon).toEqual([true, true, true])
    expect(filesBelow(`${folder}/backups`)).toHaveLength(1)
    await expect.poll(() => changes, soon).toEqual(expect.arrayContaining(['views', 'preferences', 'jobs']))
    abort.abort()
    await watching
  })

  it('measures this machine', async () => {
    await expect.poll(async () => (await trial.api.metrics.host({}))?.cores, soon).toBeGreaterThan(0)
    const rulesHere = await trial.api.metrics.rules({})
    expect(rulesHere.filter(({ error }) => error !== null)).toEqual([])
    expect((await trial.api.metrics.instant({ expression: 'up' })).series).toHaveLength(1)
    const range = await trial.api.metrics.range({ expression: 'up', from: inMinutes(-5), to: inMinutes(1) })
    expect(range.series[0]?.points.length).toBeGreaterThan(0)
    expect(await trial.api.operations.health({})).toMatchObject({ host: 'server', dataFolder: folder })
  })

  it('has every command in an audit log that holds, with what was before and after', async () => {
    await expect(trial.as('viewer').alerts.refresh({})).rejects.toMatchObject({ code: 'forbidden' })
    const { entries } = await trial.api.audit.list({ limit: 1_000 })
    const of = (operation: string) => entries.filter((entry) => entry.operation === operation)
    const [firstUpdate] = of('connections.update')
    expect(firstUpdate).toMatchObject({ before: { environment: 'production' }, after: { environment: 'staging' } })
    expect(of('connections.remove')[0]).toMatchObject({ before: { name: 'B' }, after: null, targets: [ids.b] })
    expect(of('connections.create').at(-1)).toMatchObject({ before: null, after: { name: 'A' }, targets: [ids.a] })
    expect(of('alerts.acknowledge').find(({ outcome }) => outcome === 'succeeded')).toMatchObject({
      after: { acknowledged: true, comment: 'on it' },
    })
    expect(of('alerts.assign')[0]).toMatchObject({ after: { assigned: true } })
    expect(of('silences.edit')[0]).toMatchObject({ before: { comment: 'CHG-1' }, after: { comment: 'CHG-2' } })
    expect(of('silences.extend')[0]?.after).toHaveProperty('endsAt')
    expect(of('silences.expire').at(-1)).toMatchObject({ before: { comment: 'CHG-2' }, after: null })
    expect(of('operations.saveView').map(({ before }) => before !== null)).toEqual([true, false])
    expect(of('operations.removeView').at(-1)).toMatchObject({ before: { name: 'Mine' }, after: null })
    expect(of('operations.setPreferences')[0]).toMatchObject({ before: { quietHours: null } })
    expect(of('access.createVault')[0]).toMatchObject({ targets: ['vault'], outcome: 'succeeded' })
    expect(of('alerts.refresh')[0]).toMatchObject({ outcome: 'forbidden' })
    const locked = await verdictOf(trial)
    expect(locked).toMatchObject({ state: 'appended', problems: [], size: locked?.checked }) // nothing is signed while locked
    await trial.api.access.unlockVault({ passphrase })
    const verdict = await verdictOf(trial)
    expect(verdict).toMatchObject({ state: 'verified', problems: [], checkpoint: { size: verdict?.size } })
    expect(verdict?.size).toBeGreaterThan(entries.length)
    const proof = await trial.api.audit.proof({ sequence: 3 })
    expect(rootFromInclusion(leafHash(proof.leaf ?? ''), 2, proof.checkpoint.size, proof.path)).toBe(
      proof.checkpoint.root,
    )

    const ofAna = await trial.api.audit.list({
      actor: 'ana',
      text: 'CHG-2',
      target: of('silences.edit')[0]?.targets[0],
    })
    expect(ofAna.entries.map(({ operation }) => operation)).toContain('silences.edit')
    const { operations, actors } = await trial.api.audit.facets({})
    expect([actors.map(({ name }) => name), operations.includes('alerts.note')]).toEqual([['ana'], true])
    const within = {
      from: inMinutes(-60),
      to: inMinutes(1),
      operation: 'alerts',
      correlationId: of('alerts.note')[0]?.correlationId,
    }
    expect((await trial.api.audit.list(within)).total).toBe(1)
    const activity = await trial.api.alerts.activity({ id: of('alerts.note')[0]?.targets[0] ?? '' })
    expect(activity.find(({ kind }) => kind === 'noted')?.correlationId).toBe(of('alerts.note')[0]?.correlationId)
  })

  it('was at no moment surprised', async () => {
    await restart()
    expect(trial.faults()).toEqual([])
  })
})

/** What a verification of the audit log ends with. */
async function verdictOf({ api }: Trial) {
  return (await collect(api.audit.verify({}))).at(-1)
}

const passphrase = 'correct horse battery staple'

describe('many changes at once', () => {
  const folder = temporaryFolder()
  afterAll(() => removeFolder(folder))

  it('end with every connection watched once, and the same address taken once', async () => {
    const trial = await startTrial(folder)
    const input = (n: number, port: number) =>
      ({
        kind: 'prometheus',
        name: `C${n}`,
        url: `http://127.0.0.1:${port}`,
        environment: 'test',
        auth: none,
        tls: {},
      }) as const
    const many = Array.from({ length: 8 }, (_, n) => trial.api.connections.create(input(n, n + 1)))
    const twins = Promise.allSettled([1, 2].map((n) => trial.api.connections.create(input(100 + n, 60))))
    await Promise.all(many)
    const outcomes = (await twins).map(({ status }) => status).sort()
    expect(outcomes).toEqual(['fulfilled', 'rejected'])
    expect(await trial.api.alerts.sources({})).toHaveLength(1 + 8 + 1)
    await trial.close()
    expect(trial.faults()).toEqual([])
  })
})
