import { describe, expect, it } from 'vitest'
import { startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { startFault } from '#e2e/app/peers/fault.ts'
import { available } from '#e2e/app/peers/peer.ts'
import { startPrometheus } from '#e2e/app/peers/prometheus.ts'
import { walkConnection } from './walk.ts'

async function lastStep(kind: 'prometheus' | 'alertmanager', url: string) {
  let last: unknown
  for await (const step of walkConnection(kind, { name: 'Mine', url, auth: { kind: 'none' }, tls: {} })) last = step
  return last
}

describe.runIf(available('prometheus') && available('prometheus-alertmanager'))('the connection test', () => {
  it('tells Prometheus and Alertmanager apart', async () => {
    await using prometheus = await startPrometheus()
    await using alertmanager = await startAlertmanager()
    expect(await lastStep('prometheus', prometheus.url)).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/^Prometheus \d/),
    })
    expect(await lastStep('alertmanager', alertmanager.url)).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/^Alertmanager \d/),
    })
    expect(await lastStep('prometheus', alertmanager.url)).toMatchObject({
      step: 'product',
      status: 'failed',
      detail: expect.stringMatching(/^Mine is Alertmanager .*, not Prometheus\.$/),
      hint: expect.stringContaining('kind Alertmanager'),
    })
    expect(await lastStep('alertmanager', prometheus.url)).toMatchObject({
      hint: expect.stringContaining('kind Prometheus'),
    })
  })
})

describe('another server', () => {
  it('is named where it says who it is', async () => {
    // Stands in for Grafana: the answer of its /api/health, and 404 elsewhere.
    await using server = await startFault(({ url }) =>
      url === '/api/health'
        ? { kind: 'json', body: { database: 'ok', version: '11.2.0', commit: 'abc' } }
        : { kind: 'status', status: 404, body: '{"message":"Not found"}' },
    )
    expect(await lastStep('prometheus', server.url)).toMatchObject({
      status: 'failed',
      detail: 'Mine is Grafana 11.2.0, not Prometheus.',
    })
  })

  it('that is not known fails with what was missing', async () => {
    await using server = await startFault({ kind: 'status', status: 404 })
    expect(await lastStep('alertmanager', server.url)).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('/api/v2/status'),
    })
  })

  it('that speaks PromQL without telling its build is accepted', async () => {
    const data = { resultType: 'scalar', result: [1, '1'] }
    await using server = await startFault(({ url }) =>
      url.startsWith('/api/v1/query')
        ? { kind: 'json', body: { status: 'success', data } }
        : { kind: 'status', status: 404 },
    )
    expect(await lastStep('prometheus', server.url)).toMatchObject({
      status: 'ok',
      detail: 'Prometheus-compatible server',
    })
  })
})
