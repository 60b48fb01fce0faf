import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Exporter, startExporter } from '#e2e/app/peers/exporter.ts'
import { startFault } from '#e2e/app/peers/fault.ts'
import { available, eventually } from '#e2e/app/peers/peer.ts'
import { type PrometheusPeer, startPrometheus } from '#e2e/app/peers/prometheus.ts'
import type { Authentication } from '../http/endpoint.ts'
import { fingerprint } from './fingerprint.ts'
import { createPrometheus, type Prometheus } from './prometheus.ts'

const at = (url: string, auth: Authentication = { kind: 'none' }) =>
  createPrometheus({ name: 'Metrics', url, auth, tls: {} })

const rules = `
groups:
- name: shop
  interval: 1s
  rules:
  - { record: 'shop:queue:max', expr: 'max(queue_length)' }
  - { alert: QueueLong, expr: 'queue_length > 10', labels: { severity: critical }, annotations: { summary: 'Queue {{ $labels.queue }} is {{ $value }}' } }
  - { alert: QueueSoon, expr: 'queue_length > 10', for: 1h, labels: { severity: warning } }
`

describe.runIf(available('prometheus'))('Prometheus', () => {
  let exporter: Exporter
  let peer: PrometheusPeer
  let client: Prometheus
  const history = Math.floor(Date.now() / 1000) - 86_400 * 30

  beforeAll(async () => {
    exporter = await startExporter()
    exporter.set('queue_length', { queue: 'mäil 🔥' }, 42)
    exporter.set('limit', {}, Infinity)
    const backfill = `# TYPE sold counter\nsold_total{shop="a"} 1 ${history}\nsold_total{shop="a"} 5 ${history + 60}\n# EOF\n`
    const targets = [{ job: 'shop', address: exporter.address }]
    peer = await startPrometheus({
      rules,
      targets,
      backfill,
      pathPrefix: '/prom',
      alertmanagers: ['http://127.0.0.1:1/am'],
    })
    client = at(peer.url)
    await eventually(async () => (await client.alerts()).length === 2, 15_000)
  })
  afterAll(async () => {
    await client?.close()
    await peer?.stop()
    await exporter?.[Symbol.asyncDispose]()
  })

  it('tells its version', async () => {
    expect(await client.identify()).toMatchObject({
      product: 'Prometheus',
      version: expect.stringMatching(/^\d+\.\d+/),
    })
    expect(await client.buildInfo()).toHaveProperty('goVersion')
  })

  it('lists pending and firing alerts', async () => {
    const alerts = [...(await client.alerts())].sort((a, b) => a.state.localeCompare(b.state))
    expect(alerts).toMatchObject([
      { state: 'firing', value: 42, labels: { alertname: 'QueueLong', queue: 'mäil 🔥', severity: 'critical' } },
      { state: 'pending', labels: { alertname: 'QueueSoon' } },
    ])
    expect(alerts[0]?.annotations.summary).toBe('Queue mäil 🔥 is 42')
    expect(Date.parse(alerts[0]?.activeAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(fingerprint(alerts[0]?.labels ?? {})).toMatch(/^[\da-f]{16}$/)
  })

  it('lists rules, with what they alert on', async () => {
    const [group] = await client.rules()
    expect(group).toMatchObject({ name: 'shop', interval: 1 })
    expect(group?.rules).toMatchObject([
      { type: 'recording', name: 'shop:queue:max', query: 'max(queue_length)', health: 'ok' },
      { type: 'alerting', state: 'firing', duration: 0, alerts: [{ state: 'firing' }] },
      { type: 'alerting', state: 'pending', duration: 3600, labels: { severity: 'warning' } },
    ])
  })

  it('answers instant queries of every kind', async () => {
    const vector = await client.query({ query: 'queue_length' })
    expect(vector).toMatchObject({
      kind: 'vector',
      series: [{ metric: { queue: 'mäil 🔥' }, value: [expect.any(Number), 42] }],
    })
    expect(await client.query({ query: 'vector(1) / 0' })).toMatchObject({
      series: [{ value: [expect.any(Number), Infinity] }],
    })
    expect(await client.query({ query: '-1/0', time: 10 })).toMatchObject({ kind: 'scalar', value: [10, -Infinity] })
    expect(await client.query({ query: '0/0', time: 10 })).toMatchObject({ kind: 'scalar', value: [10, NaN] })
    expect(await client.query({ query: '"text"' })).toMatchObject({ kind: 'string', text: 'text' })
    expect(await client.query({ query: 'queue_length[5m]' })).toMatchObject({ kind: 'matrix' })
  })

  it('answers a range of a quarter by widening the step', async () => {
    const end = Math.floor(Date.now() / 1000)
    const answer = await client.queryRange({ query: 'sold_total', start: end - 86_400 * 90, end, step: 15 })
    expect(answer.step).toBe(707)
    const short = await client.queryRange({ query: 'sold_total', start: history, end: history + 60, step: 60 })
    expect(short.series).toEqual([
      {
        metric: { __name__: 'sold_total', shop: 'a' },
        values: [
          [history, 1],
          [history + 60, 5],
        ],
      },
    ])
  })

  it('takes an expression that is too long for a URL', async () => {
    const query = `queue_length{queue!~"${'x'.repeat(60_000)}"}`
    expect(await client.query({ query })).toMatchObject({
      kind: 'vector',
      series: [{ value: [expect.any(Number), 42] }],
    })
  })

  it('knows names, values, metadata and its Alertmanagers', async () => {
    expect(await client.labelNames()).toContain('queue')
    expect(await client.labelValues('queue', { match: ['queue_length'] })).toEqual(['mäil 🔥'])
    expect(await client.metadata()).toBeTypeOf('object')
    expect(await client.alertmanagers()).toMatchObject({ active: ['http://127.0.0.1:1/am/api/v2/alerts'], dropped: [] })
  })

  it('says where an expression is wrong', async () => {
    await expect(client.query({ query: 'sum(\n  up +' })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/^Metrics says: .*parse error/),
      at: '11',
    })
  })

  it('tells an expression that cannot be evaluated', async () => {
    const query = 'label_replace(queue_length, "queue", "", "", "") + on() group_left() {job="shop"}'
    await expect(client.query({ query })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('found duplicate series'),
    })
  })

  it('is missed where its path prefix is left out', async () => {
    const other = at(peer.url.replace('/prom', ''))
    await expect(other.alerts()).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('path prefix'),
    })
    await other.close()
  })
})

describe.runIf(available('prometheus'))('Prometheus behind basic auth', () => {
  it('accepts the right password and no other', async () => {
    // The bcrypt hash of "test-password" at cost 4.
    const webConfig = JSON.stringify({
      basic_auth_users: { ana: '$2b$04$VfMxVk5o1YJE1gSiXtoW3eCgTRi8a5ag8YjJeBav20zI1weUzMkai' },
    })
    await using peer = await startPrometheus({ webConfig })
    const right = at(peer.url, { kind: 'basic', username: 'ana', password: 'test-password' })
    const wrong = at(peer.url, { kind: 'basic', username: 'ana', password: 'no' })
    expect(await right.alerts()).toEqual([])
    await expect(wrong.alerts()).rejects.toMatchObject({ code: 'unauthenticated' })
    await Promise.all([right.close(), wrong.close()])
  })
})

describe('a server like Prometheus', () => {
  it('that does not take forms is asked by GET', async () => {
    const data = { resultType: 'scalar', result: [1, '2'] }
    await using server = await startFault(({ method }) =>
      method === 'POST' ? { kind: 'status', status: 405 } : { kind: 'json', body: { status: 'success', data } },
    )
    const client = at(server.url)
    expect(await client.query({ query: `1 + ${'1 + '.repeat(700)}1` })).toMatchObject({ kind: 'scalar', value: [1, 2] })
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
    await client.close()
  })

  it('has its timeout and its unavailability told apart', async () => {
    const body = (errorType: string) => JSON.stringify({ status: 'error', errorType, error: 'query timed out' })
    await using server = await startFault({ kind: 'status', status: 503, body: body('timeout') })
    const client = at(server.url)
    await expect(client.query({ query: 'up' })).rejects.toMatchObject({ code: 'timeout', retryable: true })
    server.become({ kind: 'status', status: 503, body: '{"message":"no healthy upstream"}' })
    await expect(client.query({ query: 'up' })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('no healthy upstream'),
    })
    await client.close()
  })

  it('has series of native histograms counted, not dropped in silence', async () => {
    const result = [
      { metric: { a: '1' }, histogram: [1, { count: '1' }] },
      { metric: { a: '2' }, value: [1, '3'] },
    ]
    await using server = await startFault({
      kind: 'json',
      body: { status: 'success', data: { resultType: 'vector', result } },
    })
    const client = at(server.url)
    expect(await client.query({ query: 'x' })).toMatchObject({
      series: [{ metric: { a: '2' }, value: [1, 3] }],
      warnings: ['1 series of native histograms are left out.'],
    })
    await client.close()
  })

  it('with an alert of another form is told by its place', async () => {
    const alert = { labels: { a: 1 }, annotations: {}, state: 'firing', activeAt: '', value: '1' }
    await using server = await startFault({ kind: 'json', body: { status: 'success', data: { alerts: [alert] } } })
    const client = at(server.url)
    await expect(client.alerts()).rejects.toMatchObject({ code: 'unsupported', at: 'data.alerts.0.labels' })
    await client.close()
  })
})
