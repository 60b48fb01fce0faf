import { expect, it } from 'vitest'
import type { RolloutInput, Strategy } from '#preload/deployment/rollouts.ts'
import { nothingDesired } from './desired.ts'
import { type PlanFacts, planRollout } from './plan.ts'

const canary: Strategy = {
  ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
  steps: [
    { weight: 10, pause: { kind: 'time', seconds: 30 }, analyse: true },
    { weight: 50, pause: { kind: 'person' }, analyse: false },
  ],
}
const metric = {
  source: { kind: 'gateway-error-rate' },
  ...{ name: 'Errors', max: 0.01, min: null, baseline: null },
  ...{ minimumSamples: 10, failuresAllowed: 0 },
} as const
const input = (change: Partial<RolloutInput> = {}): RolloutInput => ({
  ...{ environment: 'production', service: 'checkout', version: '2', strategy: canary },
  analysis: { metrics: [metric], intervalSeconds: 5, looks: 3, inconclusiveAllowed: 2 },
  ...change,
})
const release = {
  ...{ id: '0', service: 'checkout', version: '2', digest: 'd', files: 1, bytes: 1, notes: '', addedBy: 'a' },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', excluded: null },
}
const recorded = {
  ...{ version: '1', recordedAt: '2026-01-01T00:00:00.000Z', values: { LOG_LEVEL: 'info' } },
  secrets: [{ name: 'TOKEN', fingerprint: 'a' }],
  settings: {
    ...{ command: ['node', 'server.mjs'], healthPath: '/healthz', stopGraceSeconds: 5 },
    ...{ memoryMegabytes: null, cpuPercent: null },
  },
}
const without = { running: recorded, next: { ...recorded, secrets: [] } }
const facts = (change: Partial<PlanFacts> = {}): PlanFacts => ({
  ...{ input: input(), service: { name: 'checkout', replicas: 2 }, release, refusal: null, running: false },
  placement: {
    ...{ environment: 'production', service: 'checkout', port: 1, version: '1', previous: null },
    desired: nothingDesired,
  },
  configuration: { running: recorded, next: recorded },
  ...{ requestsPerSecond: 12, drift: null, production: true, ...change },
})

it('tells a canary step by step, with a low risk and a small blast radius', () => {
  expect(planRollout(facts())).toEqual({
    changes: [{ what: 'Version of checkout in production', before: '1', after: '2' }],
    steps: [
      'Start 1 instance of 2 beside 1.',
      'Send 10 % of the requests to 2 for 30 s.',
      'Judge it by one metric.',
      'Send 50 % of the requests to 2 and wait for a person.',
      'Start 2 instances of 2 and wait until they are ready.',
      'Send all requests to 2.',
      'End 1 when its requests are answered; its files are kept.',
    ],
    risk: { level: 'low', reasons: [] },
    blastRadius: { requestsPerSecond: 12, instances: 2, unjudgedPercent: 10 },
    drift: null,
    begins: {
      ...{ Files: 'd', Command: 'node server.mjs', 'Health path': '/healthz', 'Time to end in': '5 s' },
      ...{ 'Memory limit': 'none', 'CPU limit': 'none' },
      ...{ 'Configuration LOG_LEVEL': 'info', 'Secret TOKEN': 'set, known by a' },
    },
    blocked: [],
  })
})

it('calls what nobody judges in production a high risk', () => {
  const { risk } = planRollout(facts({ input: input({ strategy: { kind: 'immutable' } }) }))
  expect(risk).toEqual({ level: 'high', reasons: ['All requests get it before anything has judged it.'] })
})

it('tells which keys of the configuration and settings change, and of secrets only that they do', () => {
  const next = {
    ...{ values: { LOG_LEVEL: 'debug', CURRENCY: 'EUR' }, secrets: [{ name: 'TOKEN', fingerprint: 'b' }] },
    settings: { ...recorded.settings, memoryMegabytes: 256 },
  }
  expect(planRollout(facts({ configuration: { running: recorded, next } })).changes.slice(1)).toEqual([
    { what: 'Configuration CURRENCY', before: null, after: 'EUR' },
    { what: 'Configuration LOG_LEVEL', before: 'info', after: 'debug' },
    { what: 'Secret TOKEN', before: 'set', after: 'set again' },
    { what: 'Memory limit', before: 'none', after: '256 MB' },
  ])
  expect(planRollout(facts({ configuration: without })).changes.slice(1)).toEqual([
    { what: 'Secret TOKEN', before: 'set', after: null },
  ])
  expect(planRollout(facts({ configuration: { running: null, next } })).changes.slice(1)).toEqual([
    { what: 'Configuration', before: 'not recorded', after: 'as production has it now' },
  ])
})

it('calls it a risk that what runs could not be started again, since a secret of it is gone', () => {
  expect(planRollout(facts({ configuration: without }))).toMatchObject({
    blocked: [],
    risk: { reasons: ['1 was rolled out with the secret TOKEN, which is not set in production any more.'] },
  })
})

it.each([
  ['There is no service checkout.', { service: null }],
  ['checkout has no version 2.', { release: null }],
  ['production is locked.', { refusal: 'production is locked.' }],
  ['Another rollout of checkout runs in production.', { running: true }],
  ['2 is excluded: It leaks.', { release: { ...release, excluded: { reason: 'It leaks.', by: 'a', at: '' } } }],
  [
    'A step is to be judged, and no metric says how.',
    { input: input({ analysis: { ...input().analysis, metrics: [] } }) },
  ],
  [
    'The steps of a canary do not fall.',
    { input: input({ strategy: { ...canary, steps: canary.steps.toReversed() } }) },
  ],
  [
    'A rolling rollout needs a surge, or instances that may be missing: with neither it cannot move.',
    { input: input({ strategy: { kind: 'rolling', maxSurge: 0, maxUnavailable: 0 } }) },
  ],
  [
    '1 was rolled out with the secret TOKEN, which is not set in production any more.',
    { input: input({ strategy: { kind: 'rolling', maxSurge: 1, maxUnavailable: 0 } }), configuration: without },
  ],
] as const)('is blocked: %s', (sentence, change) => {
  expect(planRollout(facts(change)).blocked).toEqual([sentence])
})
