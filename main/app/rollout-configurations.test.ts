import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildSubject, endAgent, errorAnalysis, subjectService } from '#e2e/app/peers/subject.ts'
import type { RolloutState, ServiceInput, Strategy } from '#preload/deployment/rollouts.ts'
import { removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const environment = 'staging'
const service = 'checkout'
const folder = temporaryFolder('rollout-configurations')
const data = join(folder, 'data')
let trial: Trial

const immutable: Strategy = { kind: 'immutable' }
const canary: Strategy = {
  ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
  steps: [{ weight: 50, pause: { kind: 'time', seconds: 0 }, analyse: true }],
}
const rolling: Strategy = { kind: 'rolling', maxSurge: 1, maxUnavailable: 0 }
const input = (version: string, strategy: Strategy = immutable) => ({
  ...{ environment, service, version, strategy },
  analysis: strategy.kind === 'canary' ? { ...errorAnalysis, intervalSeconds: 1 } : { ...errorAnalysis, metrics: [] },
})
const ends = async (id: string, state: RolloutState): Promise<string[]> =>
  vi.waitFor(
    async () => {
      const rollout = await trial.api.rollouts.get({ id })
      expect([rollout.endedAt === null ? 'not ended' : rollout.state, rollout.phase]).toEqual([state, rollout.phase])
      return rollout.events.filter(({ kind }) => kind === 'configuration').map(({ text }) => text)
    },
    { timeout: 30_000, interval: 100 },
  )
const rollOut = async (version: string): Promise<string[]> => {
  const { id } = await trial.api.rollouts.start(input(version))
  return ends(id, 'succeeded')
}
const goBack = async (): Promise<string[]> => {
  const { id } = await trial.api.rollouts.rollBack({ environment, service, reason: 'It forgets orders.' })
  return ends(id, 'succeeded')
}
const again = async (): Promise<string> =>
  (await trial.api.rollouts.repeatRelease({ service, version: '1.0.0' })).version
const placement = async () => (await trial.api.rollouts.services({}))[0]?.placements[0]
const answers = async (): Promise<string[]> => {
  const address = (await placement())?.address ?? ''
  const found = await Promise.all(Array.from({ length: 8 }, async () => (await fetch(address)).text()))
  return [...new Set(found.map((text) => text.trim()))]
}
const setLayers = async (values: Record<string, string>): Promise<void> => {
  const { revision, ...stored } = await trial.api.environments.get({ name: environment })
  const { description, region, owners, target, freezeCalendar, requiredApprovals, expiresAt } = stored
  await trial.api.environments.update({
    ...{ name: environment, description, region, owners, target, freezeCalendar, requiredApprovals, expiresAt },
    ...{ layers: [{ name: 'base', values }], revision },
  })
}
const setService = async (change: Partial<ServiceInput>): Promise<void> => {
  const [present] = await trial.api.rollouts.services({})
  await trial.api.rollouts.saveService({ ...subjectService(service), ...change, revision: present?.revision ?? null })
}
const standing = async (version: string) =>
  (await trial.api.rollouts.configurations({ service })).find((each) => each.version === version)

describe('a version in an environment whose configuration changes', () => {
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    trial = await startTrial(data)
    await trial.api.environments.create({
      ...{ name: environment, description: '', region: '', owners: [], target: { kind: 'machine' } },
      ...{ layers: [{ name: 'base', values: { GREETING: 'hello' } }], freezeCalendar: '' },
      ...{ requiredApprovals: 0, expiresAt: null },
    })
    await trial.api.rollouts.saveService({ ...subjectService(service), revision: null })
    const built = buildSubject(folder, '1.0.0')
    await trial.api.rollouts.addRelease({ service, version: '1.0.0', folder: built, notes: '' })
    expect(await rollOut('1.0.0')).toEqual([
      'The configuration of 1.0.0 is recorded: 1 value, 0 secrets and the settings of the service.',
    ])
  })
  afterAll(async () => {
    await trial?.close()
    endAgent(data)
    removeFolder(folder)
  })

  it('keeps what it has until the next rollout, whose plan tells what changes', async () => {
    await setLayers({ GREETING: 'goodbye', FAIL_EVERY: '2' })
    expect(await answers()).toEqual(['version 1.0.0 greeting hello'])
    const { health } = await trial.api.environments.get({ name: environment })
    expect(health.services[0]?.configuration).toMatchObject({
      ...{ version: '1.0.0', recordedAt: expect.any(String) },
      differs: [
        { kind: 'value', name: 'FAIL_EVERY', recorded: null, present: '2' },
        { kind: 'value', name: 'GREETING', recorded: 'hello', present: 'goodbye' },
      ],
    })
    expect(await again()).toBe('1.0.0+2')
    const { changes } = await trial.api.rollouts.plan(input('1.0.0+2', canary))
    expect(changes).toEqual([
      { what: 'Version of checkout in staging', before: '1.0.0', after: '1.0.0+2' },
      { what: 'Configuration FAIL_EVERY', before: null, after: '2' },
      { what: 'Configuration GREETING', before: 'hello', after: 'goodbye' },
    ])
  })

  it('has its configuration after a canary with a bad one went back by itself', async () => {
    const address = (await placement())?.address ?? ''
    const { id } = await trial.api.rollouts.start(input('1.0.0+2', canary))
    const load = setInterval(() => void fetch(address).then((response) => response.text()), 5)
    const told = await ends(id, 'rolled-back').finally(() => clearInterval(load))
    expect(told).toEqual([
      '1.0.0+2 has another configuration than 1.0.0. FAIL_EVERY: nothing, now 2; GREETING: hello, now goodbye.',
      expect.stringMatching(/^1\.0\.0 has the configuration of 20.* again\. FAIL_EVERY: nothing, now 2; GREETING: /),
    ])
    expect(await answers()).toEqual(['version 1.0.0 greeting hello'])
  })

  it('has it, and its command, on instances that had ended and are started anew on the way back', async () => {
    await setLayers({ GREETING: 'goodbye' })
    await setService({ command: [process.execPath, '-e', 'process.exit(3)'] })
    const recreate = input('1.0.0+2', { kind: 'recreate' })
    const [before, after] = ['server.mjs', '-e "process.exit(3)"'].map((rest) => expect.stringContaining(rest))
    expect((await trial.api.rollouts.plan(recreate)).changes).toContainEqual({ what: 'Command', before, after })
    const { id } = await trial.api.rollouts.start(recreate)
    const [begins, back] = await ends(id, 'rolled-back')
    expect([begins, back]).toEqual(Array(2).fill(expect.stringMatching(/Command: .* server\.mjs, now .* -e "process/)))
    expect((await trial.api.rollouts.get({ id })).events.map(({ text }) => text).join(' ')).toContain('code 3')
    expect(await answers()).toEqual(['version 1.0.0 greeting hello'])
    await setService({})
    expect((await standing('1.0.0'))?.differs).toEqual([
      { kind: 'value', name: 'GREETING', recorded: 'hello', present: 'goodbye' },
    ])
  })

  it('has it when it is brought back after another was promoted', async () => {
    await setLayers({ GREETING: 'goodbye', FAIL_EVERY: '2' })
    await rollOut('1.0.0+2')
    expect(await answers()).toEqual(['version 1.0.0 greeting goodbye'])
    await setLayers({ GREETING: 'neither' })
    const [told] = await goBack()
    expect(told).toMatch(/^1\.0\.0 has the configuration of 20.* again\. GREETING: hello, now neither\.$/)
    expect(await answers()).toEqual(['version 1.0.0 greeting hello'])
  })

  it('has it after the application was restarted and its agent lost everything, and so has the one before', async () => {
    expect(trial.faults()).toEqual([])
    await trial.close()
    endAgent(data)
    rmSync(join(data, 'agent'), { recursive: true })
    trial = await startTrial(data)
    await vi.waitFor(async () => expect(await answers()).toEqual(['version 1.0.0 greeting hello']), { timeout: 15_000 })
    expect(await standing('1.0.0+2')).toMatchObject({ differs: [{ name: 'FAIL_EVERY' }, { name: 'GREETING' }] })
    await goBack()
    await vi.waitFor(async () => expect((await answers()).toSorted()).toEqual(['version 1.0.0 greeting goodbye']))
    await goBack()
    expect(await answers()).toEqual(['version 1.0.0 greeting hello'])
  })

  it('comes back with the configuration that it had when a later rollout of it was not kept', async () => {
    await setLayers({ GREETING: 'third' })
    expect(await again()).toBe('1.0.0+3')
    await rollOut('1.0.0+3')
    expect(await placement()).toMatchObject({ version: '1.0.0+3', previous: '1.0.0' })
    const waiting: Strategy = { kind: 'blue-green', approve: true, analyse: false, keepWarmSeconds: 0 }
    const { id } = await trial.api.rollouts.start(input('1.0.0', waiting))
    await vi.waitFor(
      async () => {
        const { state, events } = await trial.api.rollouts.get({ id })
        expect(state, events.map(({ text }) => text).join(' / ')).toBe('paused')
      },
      { timeout: 15_000 },
    )
    expect(await standing('1.0.0')).toMatchObject({ differs: [] })
    await trial.api.rollouts.abort({ id, reason: 'Not today.' })
    await ends(id, 'rolled-back')
    await goBack()
    expect(await answers()).toEqual(['version 1.0.0 greeting hello'])
  })

  it('is asked at the health path that it had when it is brought back after one with another was promoted', async () => {
    // Ready at /healthz alone: whatever else it is asked, it answers with 500.
    await setLayers({ GREETING: 'fourth', FAIL_EVERY: '1' })
    const version = await again()
    await rollOut(version)
    await setLayers({ GREETING: 'fourth' })
    await setService({ healthPath: '/' })
    const next = await again()
    const change = { what: 'Health path', before: '/healthz', after: '/' }
    expect((await trial.api.rollouts.plan(input(next))).changes).toContainEqual(change)
    await rollOut(next)
    await setService({ healthPath: '/other' })
    const back = { kind: 'setting', name: 'Health path', recorded: '/healthz', present: '/other' }
    expect((await standing(version))?.differs).toContainEqual(back)
    expect((await goBack()).join()).toContain('Health path: /healthz, now /other')
    expect(await answers()).toEqual(['version 1.0.0 greeting fourth'])
    const { health } = await trial.api.environments.get({ name: environment })
    expect(health.services[0]).toMatchObject({ status: 'healthy', version, configuration: { differs: [{}, back] } })
    await setService({})
  })

  it('gets its secrets as they are now, and is not brought back without one that is gone', async () => {
    const setSecret = (value: string) =>
      trial.api.environments.setSecret({ name: environment, secret: 'GREETING', value })
    await trial.api.access.createVault({ passphrase: 'correct horse battery' })
    await setLayers({})
    await setSecret('one')
    const version = await again()
    await rollOut(version)
    expect(await answers()).toEqual(['version 1.0.0 greeting one'])
    await trial.api.environments.removeSecret({ name: environment, secret: 'GREETING' })
    const next = await again()
    const sentence = `${version} was rolled out with the secret GREETING, which is not set in staging any more.`
    expect(await trial.api.rollouts.plan(input(next, rolling))).toMatchObject({ blocked: [sentence] })
    expect((await trial.api.rollouts.plan(input(next))).risk.reasons).toContain(sentence)
    await rollOut(next)
    expect(await answers()).toEqual(['version 1.0.0 greeting none'])
    const before = await trial.api.rollouts.list({})
    await expect(goBack()).rejects.toMatchObject({ code: 'conflict', message: sentence })
    expect(await trial.api.rollouts.list({})).toEqual(before)
    await setSecret('two')
    await goBack()
    expect(await answers()).toEqual(['version 1.0.0 greeting two'])
    expect(JSON.stringify(await trial.api.rollouts.configurations({ service }))).not.toMatch(/"(one|two)"/)
  })

  it('is told not to run while the vault is locked, and runs with its secrets when that is opened', async () => {
    const notices = async () => (await trial.api.operations.health({})).notices.map(({ text }) => text)
    await trial.api.access.lockVault({})
    await trial.close()
    endAgent(data)
    trial = await startTrial(data)
    expect((await notices()).join()).toMatch(/checkout in staging: .*vault is locked/)
    const { health } = await trial.api.environments.get({ name: environment })
    expect(health.services[0]).toMatchObject({ service, status: 'unhealthy' })
    await trial.api.access.unlockVault({ passphrase: 'correct horse battery' })
    await expect.poll(answers, { timeout: 20_000 }).toEqual(['version 1.0.0 greeting two'])
    await expect.poll(notices, { timeout: 20_000 }).toEqual([])
  })

  it('has nothing recorded any more when it is stopped', async () => {
    await trial.api.rollouts.decommission({ environment, service })
    expect(await trial.api.rollouts.configurations({ service })).toEqual([])
  })
})
