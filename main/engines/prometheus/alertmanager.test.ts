import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AlertmanagerPeer, startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { startFault } from '#e2e/app/peers/fault.ts'
import { available, eventually } from '#e2e/app/peers/peer.ts'
import { type Alertmanager, createAlertmanager } from './alertmanager.ts'

const at = (url: string) => createAlertmanager({ name: 'Alerts', url, auth: { kind: 'none' }, tls: {} })

const config = `
route: { receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: team }, { name: other }]
inhibit_rules:
- { source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [service] }
`

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
const silenceOf = (value: string, extra: object = {}) => ({
  matchers: [{ name: 'service', value, isRegex: false, isEqual: true }],
  startsAt: inMinutes(0),
  endsAt: inMinutes(60),
  createdBy: 'ana',
  comment: 'CHG-1',
  ...extra,
})

describe.runIf(available('prometheus-alertmanager'))('Alertmanager', () => {
  let peer: AlertmanagerPeer
  let client: Alertmanager

  beforeAll(async () => {
    peer = await startAlertmanager({ config, pathPrefix: '/am' })
    client = at(peer.url)
    await peer.post([
      {
        labels: { alertname: 'Down', service: 'a', severity: 'critical' },
        annotations: { summary: 'a is down' },
        generatorURL: 'http://p/graph?g0.expr=up',
      },
      { labels: { alertname: 'Slow', service: 'a', severity: 'warning' } },
      { labels: { alertname: 'Slow', service: 'b', severity: 'warning' } },
    ])
    await eventually(async () => (await client.alerts({ inhibited: true, active: false })).length === 1)
  })
  afterAll(async () => {
    await client?.close()
    await peer?.stop()
  })

  it('tells its version, its state, and that it has no cluster', async () => {
    expect(await client.identify()).toEqual({ product: 'Alertmanager', version: expect.stringMatching(/^\d+\.\d+/) })
    const status = await client.status()
    expect(status.cluster).toMatchObject({ status: 'disabled' })
    expect(Date.parse(status.uptime)).toBeLessThanOrEqual(Date.now())
    expect(await client.receivers()).toEqual(['team', 'other'])
  })

  it('lists alerts with what suppresses them', async () => {
    const alerts = await client.alerts()
    expect(alerts).toHaveLength(3)
    const [source] = await client.alerts({ filter: ['alertname="Down"'] })
    const [target] = await client.alerts({ filter: ['alertname="Slow"', 'service=~"a|x"'] })
    expect(source).toMatchObject({
      annotations: { summary: 'a is down' },
      receivers: [{ name: 'team' }],
      status: { state: 'active' },
    })
    expect(target?.status).toMatchObject({ state: 'suppressed', inhibitedBy: [source?.fingerprint] })
    expect(await client.alerts({ inhibited: false })).toHaveLength(2)
    expect(await client.alertGroups()).toHaveLength(2)
  })

  it('creates, changes, replaces and ends a silence', async () => {
    const id = await client.createSilence(silenceOf('b'))
    const suppressed = async () => (await client.alerts({ filter: ['service="b"'] }))[0]?.status.silencedBy
    expect(await eventually(async () => (await suppressed())?.[0] === id)).toBe(true)

    const longer = await client.createSilence(
      silenceOf('b', { id, endsAt: inMinutes(120), startsAt: (await client.silence(id)).startsAt }),
    )
    expect(longer).toBe(id)
    const replaced = await client.createSilence(silenceOf('c', { id }))
    expect(replaced).not.toBe(id)
    expect(await client.silence(id)).toMatchObject({ status: { state: 'expired' } })

    await client.expireSilence(replaced)
    expect(await client.silence(replaced)).toMatchObject({
      createdBy: 'ana',
      comment: 'CHG-1',
      status: { state: 'expired' },
    })
    expect((await client.silences()).map((silence) => silence.id)).toEqual(expect.arrayContaining([id, replaced]))
  })

  it('says why it does not take something', async () => {
    const matchers = [{ name: 'service', value: '', isRegex: false, isEqual: true }]
    await expect(client.createSilence({ ...silenceOf('b'), matchers })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/^Alerts says: .*match/),
    })
    await expect(client.alerts({ filter: ['not a matcher ='] })).rejects.toMatchObject({ code: 'invalid' })
    const missing = '00000000-0000-4000-8000-000000000000'
    await expect(client.silence(missing)).rejects.toMatchObject({
      code: 'not_found',
      message: 'Alerts has no such silence.',
    })
    await expect(client.expireSilence(missing)).rejects.toMatchObject({ code: 'not_found' })
    await expect(client.createSilence(silenceOf('b', { id: missing }))).rejects.toMatchObject({ code: 'not_found' })
    await expect(client.expireSilence('..')).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe.runIf(available('prometheus-alertmanager'))('two Alertmanagers of one cluster', () => {
  it('list the same peers under two names', async () => {
    await using first = await startAlertmanager({ cluster: { peers: [] } })
    await using second = await startAlertmanager({ cluster: { peers: [first.clusterAddress ?? ''] } })
    const clients = [at(first.url), at(second.url)]
    const clusters = () => Promise.all(clients.map(async (client) => (await client.status()).cluster))
    expect(await eventually(async () => (await clusters()).every(({ peers }) => peers?.length === 2))).toBe(true)
    const [one, two] = await clusters()
    const names = (cluster: typeof one) => cluster?.peers?.map(({ name }) => name).sort()
    expect(names(one)).toEqual(names(two))
    expect(one?.name).not.toBe(two?.name)
    await Promise.all(clients.map((client) => client.close()))
  })
})

describe('an answer of ten thousand alerts', () => {
  it('is checked without holding the event loop for long', async () => {
    const alert = (index: number) => ({
      labels: {
        alertname: 'KubePodCrashLooping',
        cluster: 'eu',
        namespace: 'shop',
        pod: `p${index}`,
        severity: 'critical',
        team: 'pay',
        job: 'ksm',
        container: 'c',
      },
      annotations: {
        summary: `Pod p${index} is crash looping`,
        description: 'x'.repeat(200),
        runbook_url: 'https://runbooks/x',
      },
      fingerprint: index.toString(16).padStart(16, '0'),
      startsAt: '2026-11-24T03:02:25.123Z',
      endsAt: '2026-11-24T03:06:25.123Z',
      updatedAt: '2026-11-24T03:02:25.123Z',
      generatorURL: 'http://p/graph?g0.expr=up',
      receivers: [{ name: 'team' }],
      status: { state: 'active', silencedBy: [], inhibitedBy: [] },
    })
    const body = Array.from({ length: 10_000 }, (_, index) => alert(index))
    await using server = await startFault({ kind: 'raw', body: JSON.stringify(body) })
    const client = at(server.url)
    expect(await client.alerts()).toHaveLength(10_000)

    let turns = 0
    const timer = setInterval(() => turns++, 0)
    const alerts = await client.alerts()
    clearInterval(timer)
    await client.close()
    expect(alerts[9_999]).toEqual(body[9_999])
    // Checked at one go, the loop would turn only while the answer comes in.
    expect(turns).toBeGreaterThan(10)
  })
})
