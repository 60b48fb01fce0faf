import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { available } from '#e2e/app/peers/peer.ts'
import { type Behaviour, buildSubject, endAgent, errorAnalysis, subjectService } from '#e2e/app/peers/subject.ts'
import type { RolloutInput, RolloutState, Strategy } from '#preload/deployment/rollouts.ts'
import { removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const environment = 'staging'
const service = 'checkout'
const folder = temporaryFolder('rollouts')
let trial: Trial
let load: Load | null = null
const until = <T>(check: () => T | Promise<T>, timeout = 60_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 100 })

type Load = { readonly stop: () => Promise<{ answers: ReadonlyMap<string, number>; failures: readonly string[] }> }

/** Requests without a pause, by four clients at once: what was answered, and what failed without an answer. */
function startLoad(address: string, clients = 4): Load {
  const answers = new Map<string, number>()
  const failures: string[] = []
  let going = true
  const client = async (): Promise<void> => {
    while (going) {
      try {
        const response = await fetch(address)
        const key = response.ok
          ? (/version (\S+)/.exec(await response.text())?.[1] ?? '?')
          : `status ${response.status}`
        if (!response.ok) await response.body?.cancel()
        answers.set(key, (answers.get(key) ?? 0) + 1)
      } catch (error) {
        failures.push(String((error as Error).cause ?? error))
      }
      await sleep(2)
    }
  }
  const all = Promise.all(Array.from({ length: clients }, client))
  return {
    async stop() {
      going = false
      await all
      return { answers, failures }
    },
  }
}

const release = async (version: string, behaviour: Behaviour = {}): Promise<void> => {
  const built = buildSubject(folder, version, behaviour)
  await trial.api.rollouts.addRelease({ service, version, folder: built, notes: '' })
}
const analysis = errorAnalysis
const none = { ...analysis, metrics: [] }
const bound = { min: null, baseline: null, minimumSamples: 1, failuresAllowed: 0 } as const
const immutable: Strategy = { kind: 'immutable' }
const canary = (weights: readonly number[] = [20, 60]): Strategy => ({
  ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
  steps: weights.map((weight) => ({ weight, pause: { kind: 'time', seconds: 0 }, analyse: true })),
})
const start = (version: string, strategy: Strategy, change: Partial<RolloutInput> = {}) =>
  trial.api.rollouts.start({ environment, service, version, strategy, analysis: none, ...change })
const ends = async (id: string, state: RolloutState): Promise<void> => {
  await until(async () => {
    const rollout = await trial.api.rollouts.get({ id })
    const ended = rollout.endedAt === null ? 'not ended' : rollout.state
    expect([ended, rollout.phase]).toEqual([state, rollout.phase])
  })
}
const placement = async () => {
  const found = (await trial.api.rollouts.services({})).find(({ name }) => name === service)
  return found?.placements.find((each) => each.environment === environment)
}
const address = async (): Promise<string> => (await placement())?.address ?? ''
const ask = async (): Promise<string> => (await fetch(await address())).text()

describe('rollouts to this machine', () => {
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    trial = await startTrial(join(folder, 'data'))
    await trial.api.environments.create({
      ...{
        name: environment,
        description: '',
        region: '',
        owners: [],
        target: { kind: 'machine' },
        freezeCalendar: '',
      },
      ...{ layers: [{ name: 'base', values: { GREETING: 'hello' } }], requiredApprovals: 0, expiresAt: null },
    })
    await trial.api.rollouts.saveService({ ...subjectService(service), revision: null })
  })
  afterEach(async () => {
    await load?.stop()
    load = null
  })
  afterAll(async () => {
    await trial?.close()
    endAgent(join(folder, 'data'))
    removeFolder(folder)
  })

  it('serve the first version', async () => {
    await release('1.0.0')
    const { id } = await start('1.0.0', immutable)
    await ends(id, 'succeeded')
    expect(await ask()).toBe('version 1.0.0 greeting hello\n')
  })

  it('promote a canary that answers well, without one failed request', async () => {
    await release('1.1.0')
    load = startLoad(await address())
    const { id } = await start('1.1.0', canary(), { analysis })
    await ends(id, 'succeeded')
    const { answers, failures } = await load.stop()
    expect(failures).toEqual([])
    expect([...answers.keys()].toSorted()).toEqual(['1.0.0', '1.1.0'])
    const detail = await trial.api.rollouts.get({ id })
    expect(detail.analysisRuns.length).toBeGreaterThanOrEqual(4)
    expect(detail.analysisRuns.every(({ results }) => (results[0]?.samples ?? 0) > 0)).toBe(true)
    expect(await ask()).toContain('1.1.0')
  })

  it('roll a canary back by themselves that fails one request in twenty, and say why', async () => {
    await release('1.2.0', { failEvery: 20 })
    load = startLoad(await address())
    const { id } = await start('1.2.0', canary([50]), { analysis })
    await ends(id, 'rolled-back')
    const { answers, failures } = await load.stop()
    expect(failures).toEqual([])
    expect(answers.get('status 500')).toBeGreaterThan(0)
    const { events } = await trial.api.rollouts.get({ id })
    expect(events.find(({ kind }) => kind === 'rollback')?.text).toMatch(
      /^Errors failed: 0\.0\d+ is above the bound of 0\.02/,
    )
    expect(await ask()).toContain('1.1.0')
    expect(await placement()).toMatchObject({ version: '1.1.0', previous: '1.0.0' })
  })

  it('pause for a person where too little was asked to decide, and go back when they say so', async () => {
    await release('1.3.0')
    const { id } = await start('1.3.0', canary([10]), { analysis: { ...analysis, inconclusiveAllowed: 0 } })
    await until(async () => expect((await trial.api.rollouts.get({ id })).state).toBe('paused'))
    await trial.api.rollouts.abort({ id, reason: 'Not today.' })
    await ends(id, 'rolled-back')
    const { events } = await trial.api.rollouts.get({ id })
    expect(events.find(({ kind }) => kind === 'rollback')).toMatchObject({ text: 'Not today.', by: 'ana' })
  })

  it('bring the present version back when the new one ends by itself', async () => {
    await release('1.4.0', { exitAfterMs: 1_500 })
    const strategy: Strategy = {
      ...canary([10]),
      ...{ steps: [{ weight: 10, pause: { kind: 'time', seconds: 600 }, analyse: false }] },
    } as Strategy
    const { id } = await start('1.4.0', strategy)
    await ends(id, 'rolled-back')
    expect(await ask()).toContain('1.1.0')
    const { events, lastMeasured } = await trial.api.rollouts.get({ id })
    const why = events.find(({ kind }) => kind === 'rollback')?.text ?? ''
    expect(why).toMatch(/^Instance 0 of 1\.4\.0 ended by itself \(exit code 1\) and was started again \d times/)
    expect(why).toMatch(/It wrote last: “1\.4\.0 listens”\.$/)
    const [listed] = await trial.api.rollouts.list({})
    expect(listed).toMatchObject({ id, wentBack: why })
    expect(events.find(({ kind }) => kind === 'output')?.text).toContain('1.4.0 listens')
    expect(lastMeasured?.versions.map(({ version }) => version).toSorted()).toEqual(['1.1.0', '1.4.0'])
  }, 90_000)

  it.each([
    ['2.0.0', { kind: 'rolling', maxSurge: 1, maxUnavailable: 0 }],
    ['2.1.0', { kind: 'blue-green', analyse: false, approve: false, keepWarmSeconds: 1 }],
  ] as const)('switch to %s by %j without one failed request', async (version, strategy) => {
    await release(version)
    load = startLoad(await address())
    const { id } = await start(version, strategy)
    await ends(id, 'succeeded')
    const { answers, failures } = await load.stop()
    expect(failures).toEqual([])
    expect([...answers.keys()].filter((key) => key.startsWith('status'))).toEqual([])
    expect(await ask()).toContain(version)
  })

  it('bring the version before back after all, from what was kept of it', async () => {
    load = startLoad(await address())
    const { id } = await trial.api.rollouts.rollBack({ environment, service, reason: 'It forgets orders.' })
    await ends(id, 'succeeded')
    expect((await load.stop()).failures).toEqual([])
    expect(await ask()).toContain('2.0.0')
  })

  it('go on where they were after the application stopped, its services serving meanwhile', async () => {
    await release('3.0.0')
    const strategy = { ...canary([30]), steps: [{ weight: 30, pause: { kind: 'person' }, analyse: false }] } as Strategy
    const { id } = await start('3.0.0', strategy)
    await until(async () => expect((await trial.api.rollouts.get({ id })).state).toBe('paused'))
    load = startLoad(await address())
    await trial.close()
    await sleep(500)
    trial = await startTrial(join(folder, 'data'))
    await until(async () => expect((await trial.api.rollouts.get({ id })).state).toBe('paused'))
    await trial.api.rollouts.resume({ id })
    await ends(id, 'succeeded')
    const { answers, failures } = await load.stop()
    expect(failures).toEqual([])
    expect([...answers.keys()].toSorted()).toEqual(['2.0.0', '3.0.0'])
  })

  it.runIf(available('prometheus-alertmanager'))(
    'go back when an alert fires, and decide nothing while nobody could tell of one',
    async () => {
      await release('3.1.0')
      const alerts = { kind: 'alerts', matchers: 'alertname="Intrusion", service="{{service}}"' } as const
      const metrics = [{ ...bound, name: 'Alerts', source: alerts, max: 0 }]
      const looking = { analysis: { metrics, intervalSeconds: 1, looks: 100, inconclusiveAllowed: 100 } }
      const { id } = await start('3.1.0', canary([50]), looking)
      const reasons = async () =>
        (await trial.api.rollouts.get({ id })).analysisRuns.map(({ results }) => results[0]?.reason)
      await until(async () => expect(await reasons()).toContain('No source of alerts is connected for staging.'))
      await using alertmanager = await startAlertmanager()
      const kind = 'alertmanager' as const
      const known = await trial.api.connections.create({
        ...{ kind, name: 'Alerts', url: alertmanager.url, environment, auth: { kind: 'none' }, tls: {} },
      })
      await until(async () => expect(await reasons()).toContain('0 is within its bounds.'))
      await alertmanager.post([{ labels: { alertname: 'Intrusion', service }, annotations: {} }])
      await ends(id, 'rolled-back')
      const { events } = await trial.api.rollouts.get({ id })
      expect(events.find(({ kind: each }) => each === 'rollback')?.text).toBe(
        'Alerts failed: 1 is above the bound of 0.',
      )
      await trial.api.connections.remove({ id: known.id })
    },
    90_000,
  )

  it('serve again what ran when the agent itself was killed', async () => {
    process.kill(Number(readFileSync(join(folder, 'data', 'agent', 'agent.pid'), 'utf8')), 'SIGKILL')
    await until(async () => expect(await ask()).toContain('3.0.0'))
  })

  it('refuse a second rollout of a service beside one that runs, and an excluded version', async () => {
    await trial.api.rollouts.exclude({ service, version: '1.2.0', reason: 'It fails.' })
    await expect(start('1.2.0', immutable)).rejects.toMatchObject({
      code: 'conflict',
      message: '1.2.0 is excluded: It fails.',
    })
  })

  it('refuse an environment that is locked or does not exist, but not the way back', async () => {
    await trial.api.environments.lock({ name: environment, reason: 'An audit.' })
    await expect(start('1.0.0', immutable)).rejects.toMatchObject({ message: 'staging is locked: An audit.' })
    await expect(start('1.0.0', immutable, { environment: 'nowhere' })).rejects.toMatchObject({ code: 'conflict' })
    const { id } = await trial.api.rollouts.rollBack({ environment, service, reason: 'It forgets orders.' })
    await ends(id, 'succeeded')
    const { health } = await trial.api.environments.get({ name: environment })
    expect(health).toMatchObject({ status: 'healthy', services: [{ service, version: '2.0.0', ready: 2, desired: 2 }] })
  })

  it('take a changed configuration with the same files under another name', async () => {
    await trial.api.environments.unlock({ name: environment })
    const { revision, description, region, owners, target, freezeCalendar, requiredApprovals, expiresAt } =
      await trial.api.environments.get({ name: environment })
    await trial.api.environments.update({
      ...{ name: environment, description, region, owners, target, freezeCalendar, requiredApprovals, expiresAt },
      ...{ layers: [{ name: 'base', values: { GREETING: 'good evening' } }], revision },
    })
    const again = await trial.api.rollouts.repeatRelease({ service, version: '2.0.0' })
    const [first] = (await trial.api.rollouts.releases({ service })).filter(({ version }) => version === '2.0.0')
    expect(again).toMatchObject({ version: '2.0.0+2', digest: first?.digest, excluded: null })
    expect((await trial.api.rollouts.repeatRelease({ service, version: '2.0.0+2' })).version).toBe('2.0.0+3')
    expect((await trial.api.rollouts.repeatRelease({ service, version: '1.2.0' })).excluded).not.toBeNull()
    await expect(trial.api.rollouts.repeatRelease({ service, version: '9.9.9' })).rejects.toMatchObject({
      code: 'not_found',
    })
    const { id } = await start('2.0.0+2', immutable)
    await ends(id, 'succeeded')
    expect(await ask()).toBe('version 2.0.0 greeting good evening\n')
  })

  it('wait for a person again at the next step, however often somebody lets them go on at this one', async () => {
    await release('8.0.0')
    const byPerson: Strategy = {
      ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
      steps: [20, 50].map((weight) => ({ weight, pause: { kind: 'person' }, analyse: false })),
    }
    const { id } = await start('8.0.0', byPerson)
    const waitsAt = (step: number) =>
      until(async () => {
        const { state, phase } = await trial.api.rollouts.get({ id })
        expect([state, phase]).toEqual(['paused', `Step ${step} waits for a person.`])
      })
    await waitsAt(1)
    await Promise.all([1, 2, 3].map(() => trial.api.rollouts.resume({ id })))
    await waitsAt(2)
    await sleep(1_000)
    await waitsAt(2)
    await trial.api.rollouts.resume({ id })
    await ends(id, 'succeeded')
    const { events } = await trial.api.rollouts.get({ id })
    expect(events.filter(({ kind }) => kind === 'resumed').map(({ text }) => text)).toEqual([
      'It goes on.',
      'It goes on.',
    ])
  })

  it('leave an environment as it was where the first version of a service never came to run', async () => {
    const before = (await trial.api.environments.get({ name: environment })).health.status
    const program = { ...subjectService('nobin'), command: ['no-such-program'] }
    await trial.api.rollouts.saveService({ ...program, revision: null })
    const built = buildSubject(folder, 'nobin-1.0.0')
    await trial.api.rollouts.addRelease({ service: 'nobin', version: '1.0.0', folder: built, notes: '' })
    const input = { environment, service: 'nobin', version: '1.0.0', strategy: immutable, analysis: none }
    const { id } = await trial.api.rollouts.start(input)
    await ends(id, 'rolled-back')
    const { health } = await trial.api.environments.get({ name: environment })
    expect(health.services.map((each) => each.service)).not.toContain('nobin')
    expect(health.status).toBe(before)
    await trial.api.rollouts.decommission({ environment, service: 'nobin' })
  })

  it('are not begun again under jobs when they have ended, nor cut off in their middle', async () => {
    const jobOf = async (version: string) =>
      (await trial.api.operations.jobs({})).find(({ title }) => title === `Roll ${service} ${version} out to staging`)
    const ended = await jobOf('8.0.0')
    const before = await ask()
    for (const begun of [
      trial.api.operations.runJob({ id: ended?.id ?? '' }),
      trial.api.operations.retryJob({ id: ended?.id ?? '', fromStep: 'replicas' }),
    ])
      await expect(begun).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('has ended') })
    await release('8.1.0')
    const waiting: Strategy = {
      ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
      steps: [{ weight: 20, pause: { kind: 'person' }, analyse: false }],
    }
    const { id } = await start('8.1.0', waiting)
    await until(async () => expect((await trial.api.rollouts.get({ id })).state).toBe('paused'))
    await expect(trial.api.operations.cancelJob({ id: (await jobOf('8.1.0'))?.id ?? '' })).rejects.toMatchObject({
      message: expect.stringContaining('Stop the rollout under Rollouts'),
    })
    await trial.api.rollouts.abort({ id, reason: 'Enough.' })
    await ends(id, 'rolled-back')
    expect(await ask()).toBe(before)
  })

  it('judge a first version by bounds alone, since there is none to compare it with', async () => {
    await trial.api.rollouts.saveService({ ...subjectService('first'), revision: null })
    const built = buildSubject(folder, '1.0.0', {})
    await trial.api.rollouts.addRelease({ service: 'first', version: '1.0.0', folder: built, notes: '' })
    const slower = { name: 'p95', source: { kind: 'gateway-latency', quantile: 'p95' }, max: null } as const
    const input = {
      ...{ environment, service: 'first', version: '1.0.0', strategy: canary() },
      analysis: {
        ...analysis,
        metrics: [{ ...bound, ...slower, baseline: { confidence: 0.95, tolerance: 0.1 } }],
      },
    }
    const { steps } = await trial.api.rollouts.plan(input)
    expect(steps).toEqual([
      'Start 2 instances of 1.0.0 and wait until they are ready.',
      'Send all requests to 1.0.0: it is the first version, so there is none to share them with.',
    ])
    const { id } = await trial.api.rollouts.start(input)
    await ends(id, 'succeeded')
    await trial.api.rollouts.decommission({ environment, service: 'first' })
  })

  it('stop a service, and serve it no more', async () => {
    const at = await address()
    expect(await trial.api.rollouts.decommission({ environment, service })).toEqual({ stopped: 2 })
    await expect(fetch(at)).rejects.toThrow()
  })
})
