import { v7 as uuid } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { subjectService } from '#e2e/app/peers/subject.ts'
import type { Given } from '#main/deployment/rollouts/configuration.ts'
import { createConfigurationStore } from '#main/deployment/rollouts/configuration-store.ts'
import { createConfigurations } from '#main/deployment/rollouts/configurations.ts'
import { rolloutHandlers } from '#main/deployment/rollouts/handlers.ts'
import { createRolloutHistory } from '#main/deployment/rollouts/history.ts'
import { rolloutResources } from '#main/deployment/rollouts/resources.ts'
import { createRolloutService } from '#main/deployment/rollouts/service.ts'
import { createRolloutStore } from '#main/deployment/rollouts/store.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { serve } from '#main/kernel/service.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import { contracts } from '#preload/app/contracts.ts'
import type { Plan, Rollout, ServiceInput } from '#preload/deployment/rollouts.ts'
import { type GovernanceTrial, startGovernance } from './governance.trial.ts'
import { migrations } from './migrations.ts'

const service = 'checkout'
const input = {
  ...{ environment: 'production', service, version: '1.0.0', strategy: { kind: 'immutable' } },
  analysis: { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 },
}

let trial: GovernanceTrial
let opened: Awaited<ReturnType<typeof openWorkspace>>
let store: ReturnType<typeof createRolloutStore>
let ben: ReturnType<GovernanceTrial['enrol']>
let given: Given

/** Rollouts of which only the course is missing: nothing is run. */
function rolloutsWithoutCourse() {
  const history = createRolloutHistory(opened.workspace)
  const rollouts = createRolloutService({
    ...{ store, history, clock: systemClock, artifacts: {} as never, target: {} as never },
    moves: { serveAgain: async () => {} } as never,
    traffic: { measure: async () => [] } as never,
    jobs: { start: async () => uuid(), signal: async () => {} } as never,
    configurations: createConfigurations({
      records: createConfigurationStore(opened.workspace),
      given: async () => given,
      service: store.service,
      openSecrets: async () => ({}),
    }),
    ...{ refusal: async () => null, drift: async () => null, forgetSources: async () => {} },
    ...{ freePort: async () => 20_000, stopping: new Set<string>(), onChange: () => {} },
  })
  const environment = async (name: string | null, id: string | null = null) => {
    const labels = { requiredApprovals: name === 'production' ? '1' : '0' }
    return { environment: name, id, labels }
  }
  const handlers = rolloutHandlers({ service: rollouts, changes: async function* () {} })
  return serve(contracts.rollouts, handlers, rolloutResources({ history, environment }))
}

beforeEach(async () => {
  given = { values: { GREETING: 'hello' }, secrets: [{ name: 'TOKEN', fingerprint: 'a1' }] }
  opened = await openWorkspace(':memory:', migrations)
  store = createRolloutStore(opened.workspace)
  const at = '2026-01-01T00:00:00.000Z'
  const release = { id: uuid(), service, version: '1.0.0', digest: 'd1', files: 1, bytes: 1, notes: '', addedBy: 'ana' }
  await store.insertService({ ...subjectService(service), id: uuid(), revision: 1, createdAt: at, updatedAt: at })
  await store.insertRelease({ ...release, createdAt: at, excluded: null })
  trial = await startGovernance([rolloutsWithoutCourse()])
  for (const id of ['ana', 'ben']) trial.person(id, 'release-manager')
  ben = trial.enrol('ben')
})
afterEach(async () => {
  await trial.close()
  await opened.close()
})

const begins = async () => ((await trial.call('ana', 'rollouts.plan', input)) as Plan).begins
const approved = async (asked: object): Promise<string> => {
  const request = { operation: 'rollouts.start', input: asked as never, reason: 'Fixes the checkout.' }
  const { id } = await trial.as('ana').requestApproval(request)
  expect((await trial.decide('ben', ben, id)).state).toBe('approved')
  return id
}
const perform = (id: string) => trial.as('ana').perform({ id })
const started = async () => (await trial.call('ana', 'rollouts.list', {})) as Rollout[]
const setService = (change: Partial<ServiceInput>) =>
  store.replaceService(service, 1, { ...subjectService(service), ...change }, '2026-01-02T00:00:00.000Z')

describe('a rollout that was approved', () => {
  it('begins with what was approved', async () => {
    const id = await approved({ ...input, begins: await begins() })
    expect((await trial.as('ben').approval({ id })).input).toMatchObject({
      begins: {
        ...{ Files: 'd1', 'Configuration GREETING': 'hello', 'Secret TOKEN': 'set, known by a1' },
        ...{ Command: expect.stringMatching(/ server\.mjs$/), 'Health path': '/healthz', 'Memory limit': 'none' },
      },
    })
    const { approval, value } = await perform(id)
    expect([approval.state, value]).toEqual(['performed', expect.objectContaining({ startedBy: 'ana' })])
    expect(await started()).toHaveLength(1)
  })

  it.each([
    [
      'the layers',
      async () => {
        given = { ...given, values: { GREETING: 'goodbye', MORE: '1' } }
      },
      'Configuration GREETING: hello, now goodbye; Configuration MORE: nothing, now 1.',
    ],
    [
      'a secret',
      async () => {
        given = { ...given, secrets: [{ name: 'TOKEN', fingerprint: 'b2' }] }
      },
      'Secret TOKEN: set, known by a1, now set, known by b2.',
    ],
    [
      'the service',
      () => setService({ healthPath: '/', memoryMegabytes: 64 }),
      'Health path: /healthz, now /; Memory limit: none, now 64 MB.',
    ],
  ])('does not begin once somebody changed %s, and can be asked for anew', async (_, change, words) => {
    const id = await approved({ ...input, begins: await begins() })
    await change()
    await expect(perform(id)).rejects.toMatchObject({
      ...{ code: 'conflict', message: `1.0.0 would not begin with what its plan said. ${words}` },
      hint: 'Ask for approval anew, with what its plan says now.',
    })
    expect(await trial.as('ana').approval({ id })).toMatchObject({ state: 'failed' })
    expect([await started(), await store.placements()]).toEqual([[], []])
    await perform(await approved({ ...input, begins: await begins() }))
    expect(await started()).toHaveLength(1)
  })

  it('does not begin when nobody said with what', async () => {
    await expect(perform(await approved(input))).rejects.toMatchObject({
      ...{ code: 'conflict', message: 'What was approved does not say with what 1.0.0 begins.' },
    })
    expect(await started()).toEqual([])
  })
})

describe('a rollout that needs no approval', () => {
  it('begins with what its plan said, where it is told that', async () => {
    const staging = { ...input, environment: 'staging' }
    const seen = await begins()
    given = { ...given, values: {} }
    await expect(trial.call('ana', 'rollouts.start', { ...staging, begins: seen })).rejects.toMatchObject({
      ...{ message: expect.stringContaining('GREETING: hello, now nothing.'), hint: 'Look at its plan again.' },
    })
    expect(await started()).toEqual([])
    await trial.call('ana', 'rollouts.start', staging)
    expect(await started()).toHaveLength(1)
  })
})
