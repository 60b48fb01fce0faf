import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AlertmanagerPeer, startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { startExporter } from '#e2e/app/peers/exporter.ts'
import { startFault } from '#e2e/app/peers/fault.ts'
import { available, eventually } from '#e2e/app/peers/peer.ts'
import { startPrometheus } from '#e2e/app/peers/prometheus.ts'
import type { Endpoint } from '#main/engines/http/endpoint.ts'
import { fingerprint } from '#main/engines/prometheus/fingerprint.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { createMetrics } from '#main/observability/metrics/metrics.ts'
import { sample } from '#main/observability/metrics/sample.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AlertEngine, ObservedAlert } from './engine.ts'
import { alertmanagerEngine } from './engines/alertmanager.ts'
import { embeddedEngine } from './engines/embedded.ts'
import { prometheusEngine } from './engines/prometheus.ts'

/** One adapter before a source in which a test can make the queue long, and short again. */
type Stand = {
  readonly engine: AlertEngine
  readonly setQueue: (length: number) => Promise<void>
  readonly close: () => Promise<void>
}

const { signal } = new AbortController()
const long = 'x'.repeat(10_000)
const queue = 'mäil 🔥'
const summary = 'Die Warteschlange „mäil“ ist lang'

const endpoint = (url: string): Endpoint => ({ name: 'Source', url, auth: { kind: 'none' }, tls: {} })

const rules = `
groups:
- name: shop
  interval: 1s
  rules:
  - alert: QueueLong
    expr: 'queue_length > 10'
    labels: { severity: critical, long: ${long} }
    annotations: { summary: '${summary}' }
  - { alert: QueueSoon, expr: 'queue_length > 10', for: 1h, labels: { severity: warning } }
`

async function alertmanagerStand(): Promise<Stand> {
  const peer = await startAlertmanager()
  const engine = alertmanagerEngine(endpoint(peer.url))
  return {
    engine,
    setQueue: (length) =>
      peer.post([
        {
          labels: { alertname: 'QueueLong', severity: 'critical', queue, long },
          annotations: { summary },
          startsAt: new Date(Date.now() - 60_000).toISOString(),
          endsAt: new Date(Date.now() + (length > 10 ? 60_000 : -1)).toISOString(),
        },
      ]),
    close: async () => {
      await engine.close()
      await peer.stop()
    },
  }
}

async function prometheusStand(): Promise<Stand> {
  const exporter = await startExporter()
  const peer = await startPrometheus({ rules, targets: [{ job: 'shop', address: exporter.address }] })
  const engine = prometheusEngine(endpoint(peer.url))
  return {
    engine,
    setQueue: async (length) => exporter.set('queue_length', { queue }, length),
    close: async () => {
      await engine.close()
      await peer.stop()
      await exporter[Symbol.asyncDispose]()
    },
  }
}

async function embeddedStand(): Promise<Stand> {
  let length = 0
  const clock = manualClock(Date.now())
  const metrics = createMetrics({
    database: new Sqlite(':memory:'),
    clock,
    rules,
    collector: { collect: async () => [sample('queue_length', length, { queue })], watch: () => {} },
  })
  return {
    engine: embeddedEngine(metrics, 'this-host'),
    setQueue: async (next) => {
      length = next
      clock.advance(5_000)
      await metrics.tick(signal)
    },
    close: async () => metrics.close(),
  }
}

const adapters = [
  { name: 'Alertmanager', needs: 'prometheus-alertmanager', open: alertmanagerStand, evaluates: false },
  { name: 'Prometheus', needs: 'prometheus', open: prometheusStand, evaluates: true },
  { name: 'the embedded rules', needs: 'node', open: embeddedStand, evaluates: true },
] as const

const named = (alerts: readonly ObservedAlert[], name: string) =>
  alerts.filter((alert) => alert.labels.alertname === name)

for (const { name, needs, open, evaluates } of adapters)
  describe.runIf(available(needs))(`the alerts of ${name}`, () => {
    let stand: Stand
    const observe = async () => (await stand.engine.observe(signal)).alerts
    const eventuallySees = async (alertname: string, count: number) =>
      expect(await eventually(async () => named(await observe(), alertname).length === count, 15_000)).toBe(true)

    beforeAll(async () => {
      stand = await open()
    })
    afterAll(() => stand?.close())

    it('are none while nothing is wrong, then one, then none again', async () => {
      await stand.setQueue(3)
      await eventuallySees('QueueLong', 0)
      await stand.setQueue(42)
      await eventuallySees('QueueLong', 1)
      await stand.setQueue(3)
      await eventuallySees('QueueLong', 0)
      await stand.setQueue(42)
      await eventuallySees('QueueLong', 1)
    })

    it('carry every label whole, with the fingerprint that Prometheus gives them', async () => {
      const [alert] = named(await observe(), 'QueueLong')
      expect(alert).toMatchObject({ state: 'firing', annotations: { summary }, silencedBy: [], inhibitedBy: [] })
      expect(alert?.labels).toMatchObject({ alertname: 'QueueLong', severity: 'critical', queue, long })
      expect(alert?.fingerprint).toBe(fingerprint(alert?.labels ?? {}))
      expect(Math.abs((alert?.startsAt ?? 0) - Date.now())).toBeLessThan(3_600_000)
    })

    it('tell a rule that waits for its time as pending, where the source knows of it', async () => {
      const states = named(await observe(), 'QueueSoon').map(({ state }) => state)
      expect(states).toEqual(evaluates ? ['pending'] : [])
    })

    if (!evaluates)
      it('cannot be graphed, and the engine says so', () => {
        expect([stand.engine.range, stand.engine.expression]).toEqual([null, null])
      })

    if (evaluates)
      it('can be graphed with the expression of their rule', async () => {
        const [alert] = named(await observe(), 'QueueLong')
        const expression = await stand.engine.expression?.(alert?.labels ?? {}, signal)
        expect(expression?.replaceAll(' ', '')).toBe('queue_length>10')
        const now = Date.now()
        const answer = await stand.engine.range?.('queue_length', now - 60_000, now + 60_000, 1, signal)
        const [series] = answer?.series ?? []
        expect(series?.labels).toMatchObject({ queue })
        expect(series?.points.map(([, value]) => value)).toContain(42)
        const seconds = series?.points.map(([at]) => at) ?? []
        expect(seconds.every((at) => Math.abs(at - now / 1000) <= 61)).toBe(true)
        expect(seconds).toEqual([...seconds].sort((a, b) => a - b))
      })

    if (evaluates)
      it('have no expression when no rule has their name', async () => {
        expect(await stand.engine.expression?.({ alertname: 'NoSuchRule' }, signal)).toBeNull()
      })

    if (evaluates)
      it('refuse an expression that is wrong, with a sentence', async () => {
        const now = Date.now()
        const wrong = Promise.resolve().then(() => stand.engine.range?.('sum by (', now - 60_000, now, 10, signal))
        await expect(wrong).rejects.toMatchObject({ name: 'AppError', code: 'invalid' })
      })
  })

const remote = [
  { name: 'Alertmanager', create: alertmanagerEngine },
  { name: 'Prometheus', create: prometheusEngine },
] as const

describe.each(remote)('a source that cannot be read as $name', ({ create }) => {
  const observed = async (url: string, within = signal): Promise<unknown> => {
    const engine = create(endpoint(url))
    try {
      return await engine.observe(within).catch((thrown: unknown) => thrown)
    } finally {
      await engine.close()
    }
  }

  it.each([
    ['an error', { kind: 'status', status: 500 }, 'refused'],
    ['a login page', { kind: 'html' }, 'unsupported'],
    ['half an answer', { kind: 'close-mid-body' }, 'unreachable'],
    ['broken JSON', { kind: 'malformed-json' }, 'unsupported'],
    ['other JSON', { kind: 'json', body: { status: 'success', data: {} } }, 'unsupported'],
    ['a refusal of who we are', { kind: 'status', status: 401 }, 'unauthenticated'],
  ] as const)('fails when it answers with %s, and never says “no alerts”', async (_, fault, code) => {
    await using server = await startFault(fault)
    const outcome = await observed(server.url)
    expect(outcome).toBeInstanceOf(AppError)
    expect((outcome as AppError).message.length).toBeGreaterThan(10)
    expect((outcome as AppError).code).toBe(code)
  })

  it('fails when nothing listens there', async () => {
    expect(await observed('http://127.0.0.1:1')).toMatchObject({ name: 'AppError', code: 'unreachable' })
  })

  it('stops asking when it is told to', async () => {
    await using server = await startFault({ kind: 'silent' })
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 100)
    expect(await observed(server.url, abort.signal)).toMatchObject({ code: 'cancelled' })
  })
})

describe.runIf(available('prometheus-alertmanager'))('an Alertmanager', () => {
  const config = `
route: { receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: team }]
inhibit_rules:
- { source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [service] }
`
  const peers: AlertmanagerPeer[] = []
  const engines: AlertEngine[] = []
  beforeAll(async () => {
    const first = await startAlertmanager({ config, cluster: { peers: [] } })
    peers.push(first)
    peers.push(await startAlertmanager({ config, cluster: { peers: [first.clusterAddress ?? ''] } }))
    engines.push(...peers.map(({ url }) => alertmanagerEngine(endpoint(url))))
  })
  afterAll(async () => {
    for (const engine of engines) await engine.close()
    for (const peer of peers) await peer.stop()
  })
  const [first, second] = [() => engines[0] as AlertEngine, () => engines[1] as AlertEngine]

  it('names the same cluster as its peer', async () => {
    const agree = async () => {
      const [a, b] = await Promise.all([first().observe(signal), second().observe(signal)])
      return a.cluster.length === 2 && [...a.cluster].sort().join() === [...b.cluster].sort().join()
    }
    expect(await eventually(agree)).toBe(true)
  })

  it('tells what it silences and inhibits, by what, and whom it notifies', async () => {
    await peers[0]?.post([
      { labels: { alertname: 'Down', service: 'a', severity: 'critical' }, generatorURL: 'http://p/graph?g0.expr=up' },
      { labels: { alertname: 'Slow', service: 'a', severity: 'warning' } },
      { labels: { alertname: 'Quiet', service: 'b', severity: 'critical' } },
    ])
    const response = await fetch(`${peers[0]?.url}/api/v2/silences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        matchers: [{ name: 'alertname', value: 'Quiet', isRegex: false }],
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        createdBy: 'ana',
        comment: 'CHG-1',
      }),
    })
    const { silenceID } = (await response.json()) as { silenceID: string }
    const states = async () =>
      Object.fromEntries((await first().observe(signal)).alerts.map(({ labels, state }) => [labels.alertname, state]))
    const settled = { Down: 'firing', Slow: 'inhibited', Quiet: 'silenced' }
    await expect.poll(states, { timeout: 10_000 }).toEqual(settled)

    const { alerts, silences } = await first().observe(signal)
    const [down] = named(alerts, 'Down')
    expect(named(alerts, 'Quiet')[0]?.silencedBy).toEqual([silenceID])
    expect(named(alerts, 'Slow')[0]?.inhibitedBy).toEqual([down?.fingerprint])
    expect(down).toMatchObject({ receivers: ['team'], generatorUrl: 'http://p/graph?g0.expr=up' })
    expect(silences).toMatchObject([
      { id: silenceID, state: 'active', createdBy: 'ana', matchers: [{ name: 'alertname', isEqual: true }] },
    ])
  })

  it('shares its silences with its peer', async () => {
    const idsOf = async (engine: AlertEngine) => (await engine.observe(signal)).silences?.map(({ id }) => id)
    const told = await idsOf(first())
    await expect.poll(() => idsOf(second()), { timeout: 10_000 }).toEqual(told)
  })
})

describe.runIf(available('prometheus') && available('prometheus-alertmanager'))('a Prometheus', () => {
  it('says whether an Alertmanager delivers its alerts', async () => {
    const alertmanager = await startAlertmanager()
    const alone = await startPrometheus()
    const delivering = await startPrometheus({ alertmanagers: [alertmanager.url] })
    const engines = [prometheusEngine(endpoint(alone.url)), prometheusEngine(endpoint(delivering.url))]
    const delivers = () => Promise.all(engines.map(async (one) => (await one.observe(signal)).deliversElsewhere))
    await expect.poll(delivers, { timeout: 10_000 }).toEqual([false, true])
    for (const engine of engines) await engine.close()
    for (const peer of [alone, delivering, alertmanager]) await peer.stop()
  })

  it('tells an alert that waits as its Alertmanager will tell it, with the external labels', async () => {
    const exporter = await startExporter()
    exporter.set('queue_length', { queue }, 42)
    const alertmanager = await startAlertmanager()
    const prometheus = await startPrometheus({
      rules,
      targets: [{ job: 'shop', address: exporter.address }],
      alertmanagers: [alertmanager.url],
      externalLabels: { region: 'eu', severity: 'overridden' },
    })
    const [sender, receiver] = [
      prometheusEngine(endpoint(prometheus.url)),
      alertmanagerEngine(endpoint(alertmanager.url)),
    ]
    const seenBy = async (engine: AlertEngine, name: string) => named((await engine.observe(signal)).alerts, name)[0]
    await expect.poll(() => seenBy(receiver, 'QueueLong'), { timeout: 15_000 }).toBeDefined()
    const [sent, received] = [await seenBy(sender, 'QueueLong'), await seenBy(receiver, 'QueueLong')]
    expect(sent?.labels).toMatchObject({ region: 'eu', severity: 'critical' })
    expect(sent?.fingerprint).toBe(received?.fingerprint)
    expect((await seenBy(sender, 'QueueSoon'))?.labels).toMatchObject({ region: 'eu', severity: 'warning' })
    for (const engine of [sender, receiver]) await engine.close()
    for (const peer of [prometheus, alertmanager]) await peer.stop()
    await exporter[Symbol.asyncDispose]()
  })
})
