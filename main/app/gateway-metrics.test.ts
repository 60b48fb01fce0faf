import { readFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { endpointSpec, gatewayFile, plainListener, ruleTo } from '#e2e/app/gateway-file.ts'
import { available, freePort } from '#e2e/app/peers/peer.ts'
import { checkMetrics, startPrometheus } from '#e2e/app/peers/prometheus.ts'
import { endAgent } from '#e2e/app/peers/subject.ts'
import { removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const folder = temporaryFolder('gateway-metrics')
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 200 })
let trial: Trial
let server: Server
let port: number
let metricsPort: number

const file = (at: number, backend: number) =>
  gatewayFile({ listeners: plainListener(at), rules: ruleTo({ one: 1 }), backends: { one: endpointSpec(backend) } })
const portOf = (listening: Server): number => (listening.address() as AddressInfo).port
const scrape = (path = '/metrics', options: { method?: string; host?: string } = {}) =>
  new Promise<{ status: number; type: string; body: string }>((resolve, reject) => {
    const headers = options.host === undefined ? {} : { host: options.host }
    const method = options.method ?? 'GET'
    const asking = request({ host: '127.0.0.1', port: metricsPort, path, method, headers, agent: false }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (chunk) => {
        body += chunk
      })
      const type = String(answer.headers['content-type'])
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, type, body }))
    })
    asking.on('error', reject).end()
  })
const set = (to: number | null) => trial.api.gateway.setMetricsListener({ port: to })
const killAgent = (): void =>
  void process.kill(Number(readFileSync(join(folder, 'agent', 'agent.pid'), 'utf8')), 'SIGKILL')

describe('the metrics of the gateway', () => {
  beforeAll(async () => {
    server = createServer((_, response) => response.end('one'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = await freePort()
    metricsPort = await freePort()
    trial = await startTrial(folder)
  })
  afterAll(async () => {
    await trial?.close()
    endAgent(folder)
    server?.close()
    server?.closeAllConnections()
    removeFolder(folder)
  })

  it('are served nowhere at first', async () => {
    expect(await trial.api.gateway.metricsListener({})).toEqual({
      ...{ port: null, address: null, refusal: null, scrapeConfig: null },
    })
  })

  it('are refused on a port that is taken, and nothing changes', async () => {
    await expect(set(portOf(server))).rejects.toMatchObject({
      ...{ code: 'conflict', message: expect.stringContaining(`127.0.0.1:${portOf(server)} is taken by `) },
    })
    expect((await trial.api.gateway.metricsListener({})).port).toBeNull()
    await expect(trial.as('viewer').gateway.setMetricsListener({ port: metricsPort })).rejects.toMatchObject({
      ...{ code: 'forbidden' },
    })
  })

  it('are served on loopback: one path, two methods, and no name that a page could have', async () => {
    expect(await set(metricsPort)).toMatchObject({
      ...{ port: metricsPort, address: `http://127.0.0.1:${metricsPort}/metrics`, refusal: null },
    })
    expect(await scrape()).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: '' })
    await trial.api.gateway.saveFile({ name: 'shop', text: file(port, portOf(server)), revision: null })
    expect((await scrape()).body).toContain('framework0_gateway_config_revision 1')
    expect((await scrape('/metrics?x=1', { host: 'LOCALHOST:1' })).status).toBe(200)
    expect(await scrape('/metrics', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    expect((await scrape('/metrics', { method: 'POST' })).status).toBe(405)
    expect((await scrape('/')).status).toBe(404)
    expect((await scrape('/metrics', { host: `evil.example:${metricsPort}` })).status).toBe(403)
    expect((await scrape('/metrics', { host: 'localhost.evil.example' })).status).toBe(403)
    await expect(set(portOf(server))).rejects.toMatchObject({ code: 'conflict' })
    expect((await scrape()).status).toBe(200)
  })

  it.runIf(available('promtool'))('hold what promtool asks of metrics', async () => {
    await (await fetch(`http://127.0.0.1:${port}/`)).text()
    const { body } = await scrape()
    expect(body).toContain('framework0_gateway_requests_total{route="shop:shop",backend="shop:one",code="2xx"} 1')
    expect(await checkMetrics(body)).toBe('')
  })

  it.runIf(available('prometheus'))(
    'are scraped by a Prometheus, which counts the requests that were made',
    async () => {
      await using prometheus = await startPrometheus({
        targets: [{ job: 'gateway', address: `127.0.0.1:${metricsPort}` }],
      })
      const ask = async (query: string): Promise<number> => {
        const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`)
        const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } }
        return Number(data.result[0]?.value[1])
      }
      const counted = 'sum(framework0_gateway_requests_total{route="shop:shop",code="2xx"})'
      await until(async () => expect(await ask('up{job="gateway"}')).toBe(1))
      const before = await ask(counted)
      for (let each = 0; each < 37; each++) await (await fetch(`http://127.0.0.1:${port}/`)).text()
      await until(async () => expect(await ask(counted)).toBe(before + 37))
      const slow = 'histogram_quantile(0.99, sum by (le) (framework0_gateway_request_duration_seconds_bucket))'
      expect(await ask(slow)).toBeGreaterThan(0)
    },
  )

  it('are served on while the application is closed, and again when the agent was killed', async () => {
    await trial.close()
    expect((await scrape()).status).toBe(200)
    trial = await startTrial(folder)
    expect(await trial.api.gateway.metricsListener({})).toMatchObject({ port: metricsPort, refusal: null })
    killAgent()
    await until(async () => expect(scrape()).rejects.toThrow())
    await until(async () => expect((await scrape()).status).toBe(200))
    await trial.close()
    killAgent()
    await until(async () => expect(scrape()).rejects.toThrow())
    trial = await startTrial(folder)
    expect((await scrape()).status).toBe(200)
  })

  it('end when nobody wants them any more', async () => {
    expect(await set(null)).toEqual({ port: null, address: null, refusal: null, scrapeConfig: null })
    await expect(scrape()).rejects.toThrow()
    const { entries } = await trial.api.audit.list({ limit: 10 })
    expect(entries.find(({ operation }) => operation === 'gateway.setMetricsListener')).toMatchObject({
      ...{ before: { port: metricsPort }, after: { port: null } },
    })
    expect(trial.faults()).toEqual([])
  })
})
