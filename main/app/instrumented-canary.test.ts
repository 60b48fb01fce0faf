import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type PrometheusPeer, startPrometheus } from '#e2e/app/peers/prometheus.ts'
import { type Behaviour, buildInstrumented, endAgent, subjectService } from '#e2e/app/peers/subject.ts'
import type { AnalysisInput, Metric } from '#preload/deployment/analysis.ts'
import type { RolloutDetail, Strategy } from '#preload/deployment/rollouts.ts'
import { removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const environment = 'staging'
const service = 'payments'
const folder = temporaryFolder('instrumented')
const discovery = join(folder, 'discovery')
const immutable: Strategy = { kind: 'immutable' }
const canary: Strategy = {
  ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
  steps: [{ weight: 50, pause: { kind: 'time', seconds: 0 }, analyse: true }],
}

describe('a service that measures itself with OpenTelemetry', () => {
  let prometheus: PrometheusPeer
  let connectionId = ''
  let trial: Trial
  let going = true
  let clients: Promise<unknown> = Promise.resolve()

  const count = (more = ''): string =>
    `sum(rate(http_server_request_duration_count{service_version="{{version}}"${more}}[3s]))`
  const errors = (): Metric => ({
    ...{ name: 'Errors it counts itself', max: 0.02, min: null, baseline: null },
    source: {
      ...{ kind: 'prometheus', connectionId },
      query: `(${count(',http_response_status_code="500"')} or vector(0)) / ${count()}`,
    },
    ...{ minimumSamples: 1, failuresAllowed: 0 },
  })
  const roll = async (version: string, behaviour: Behaviour, strategy: Strategy, metrics: Metric[]) => {
    const built = await buildInstrumented(folder, version, behaviour)
    await trial.api.rollouts.addRelease({ service, version, folder: built, notes: '' })
    const analysis: AnalysisInput = { metrics, intervalSeconds: 2, looks: 2, inconclusiveAllowed: 10 }
    const { id } = await trial.api.rollouts.start({ environment, service, version, strategy, analysis })
    return vi.waitFor<RolloutDetail>(
      async () => {
        const rollout = await trial.api.rollouts.get({ id })
        expect(rollout.endedAt).not.toBeNull()
        return rollout
      },
      { timeout: 60_000, interval: 100 },
    )
  }
  const address = async (): Promise<string> => {
    const [found] = await trial.api.rollouts.services({})
    return found?.placements[0]?.address ?? ''
  }
  const client = async (url: string): Promise<void> => {
    while (going) {
      await fetch(url).then((response) => response.text())
      await sleep(10)
    }
  }

  beforeAll(async () => {
    mkdirSync(discovery, { recursive: true })
    prometheus = await startPrometheus({ discovery })
    trial = await startTrial(join(folder, 'data'))
    const { api } = trial
    connectionId = (
      await api.connections.create({
        ...{ kind: 'prometheus', name: 'Shop', url: prometheus.url, environment: 'staging' },
        ...{ auth: { kind: 'none' }, tls: {} },
      })
    ).id
    await api.environments.create({
      ...{
        name: environment,
        description: '',
        region: '',
        owners: [],
        target: { kind: 'machine' },
        freezeCalendar: '',
      },
      ...{ layers: [{ name: 'base', values: { DISCOVERY: discovery } }], requiredApprovals: 0, expiresAt: null },
    })
    await api.rollouts.saveService({ ...subjectService(service), revision: null })
  }, 60_000)
  afterAll(async () => {
    going = false
    await clients
    await trial?.close()
    endAgent(join(folder, 'data'))
    await prometheus?.stop()
    removeFolder(folder)
  })

  it('is promoted by what a real Prometheus has scraped of it, and goes back by it', async () => {
    expect(await roll('1.0.0', {}, immutable, [])).toMatchObject({ state: 'succeeded' })
    const url = await address()
    clients = Promise.all([client(url), client(url), client(url)])

    const healthy = await roll('1.1.0', {}, canary, [errors()])
    expect([healthy.state, healthy.analysisRuns.at(-1)?.results[0]?.value]).toEqual(['succeeded', 0])

    const failing = await roll('1.2.0', { failEvery: 5 }, canary, [errors()])
    expect(failing.state).toBe('rolled-back')
    const last = failing.analysisRuns.at(-1)
    expect(last?.verdict).toBe('failed')
    expect(last?.results[0]?.value).toBeGreaterThan(0.05)
  }, 120_000)
})
