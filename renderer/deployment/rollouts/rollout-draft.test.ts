import { describe, expect, it } from 'vitest'
import { rolloutInput } from '#preload/deployment/rollouts.ts'
import { emptyDraft, emptyMetric, type RolloutDraft, rolloutOf } from './rollout-draft.ts'

const draft = (change: Partial<RolloutDraft> = {}) =>
  rolloutOf('checkout', { ...emptyDraft, environment: 'staging', version: '1.0.0', ...change })
const wrong = (change: Partial<RolloutDraft>) =>
  rolloutInput.safeParse(draft(change)).error?.issues.map(({ path }) => path.join('.'))

describe('a rollout as it is typed', () => {
  it.each(['canary', 'blue-green', 'rolling', 'recreate', 'immutable'] as const)('is whole for %s', (strategy) => {
    expect(rolloutInput.parse(draft({ strategy }))).toMatchObject({ strategy: { kind: strategy } })
  })

  it('has the steps, the copies and the requests that stay with a version', () => {
    const given = {
      weights: '10; 50',
      mirrorPercent: '20',
      sticky: 'cookie',
      stickyName: 'seen',
      testHeader: 'X-Try: yes:no',
    } as const
    expect(rolloutInput.parse(draft(given)).strategy).toEqual({
      kind: 'canary',
      steps: [10, 50].map((weight) => ({ weight, pause: { kind: 'time', seconds: 30 }, analyse: true })),
      sticky: { kind: 'cookie', name: 'seen' },
      mirrorPercent: 20,
      header: { name: 'X-Try', value: 'yes:no' },
    })
  })

  it('waits for a person where that is wished', () => {
    expect(draft({ approve: true }).strategy).toMatchObject({ steps: [{ pause: { kind: 'person' } }, {}, {}] })
    expect(draft({ approve: true, strategy: 'blue-green' }).strategy).toMatchObject({ approve: true })
  })

  it('judges by what else was named, with shares in percent', () => {
    const metrics = [
      { ...emptyMetric, kind: 'http-probe', what: '/ready', max: '5' },
      { ...emptyMetric, kind: 'script', what: 'check.sh\n--deep', max: '5' },
    ] as const
    expect(rolloutInput.parse(draft({ metrics })).analysis.metrics.slice(2)).toMatchObject([
      { name: 'Probe 1', source: { kind: 'http-probe', path: '/ready', status: 200 }, max: 0.05 },
      { name: 'Script 2', source: { kind: 'script', command: ['check.sh', '--deep'] }, max: 5 },
    ])
  })

  it.each<[Partial<RolloutDraft>, string]>([
    [{ pauseSeconds: 'soon' }, 'strategy.steps.0.pause.seconds'],
    [{ maxErrorPercent: '' }, 'analysis.metrics.0.max'],
    [{ looks: '0' }, 'analysis.looks'],
    [{ sticky: 'cookie', stickyName: '' }, 'strategy.sticky.name'],
    [{ metrics: [{ ...emptyMetric, what: 'up', max: '1' }] }, 'analysis.metrics.2.source.connectionId'],
  ])('is refused where a number or a name is missing: %j', (change, path) => {
    expect(wrong(change)).toContain(path)
  })
})
