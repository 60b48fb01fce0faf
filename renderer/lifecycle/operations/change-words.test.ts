import { describe, expect, it } from 'vitest'
import type { Rollout } from '#preload/deployment/rollouts.ts'
import { changeWords } from './change-words.ts'

const none = { rollouts: [], jobs: [] }
const started = {
  targets: ['01a21abe'],
  before: null,
  after: { id: '01a21abe', service: 'pay', toVersion: '1.2.0', environment: 'production' },
  outcome: 'succeeded',
} as const
const rollout = (state: Rollout['state']) => ({
  ...{ id: '01a21abe', service: 'pay', toVersion: '1.2.0', environment: 'production', state },
})

describe('what changed', () => {
  it('names the service, the version and the environment of a rollout, not its id', () => {
    expect(changeWords(started, none)).toEqual({
      ...{ target: 'pay 1.2.0 to production', outcome: 'succeeded', tone: 'quiet' },
    })
  })

  it('says how the rollout ended, not that it was begun', () => {
    const rollouts = [rollout('rolled-back')]
    expect(changeWords(started, { ...none, rollouts })).toMatchObject({ outcome: 'rolled back', tone: 'bad' })
    expect(changeWords({ ...started, outcome: 'failed' }, { ...none, rollouts })).toMatchObject({ outcome: 'failed' })
  })

  it('names the rollout that was let go on, and the job that was cancelled, by what is known of them', () => {
    const resumed = { targets: ['01a21abe'], before: null, after: null, outcome: 'succeeded' } as const
    expect(changeWords(resumed, { ...none, rollouts: [rollout('paused')] })).toMatchObject({
      target: 'pay 1.2.0 to production',
    })
    const jobs = [{ id: '01a21abe', title: 'Back up the workspace' }]
    expect(changeWords(resumed, { ...none, jobs }).target).toBe('Back up the workspace')
  })

  it('names anything else as it was recorded, and by its id where it has no name', () => {
    const named = { targets: ['1'], before: { name: 'staging' }, after: null, outcome: 'succeeded' } as const
    expect(changeWords(named, none).target).toBe('staging')
    const release = {
      targets: ['1'],
      before: null,
      after: { service: 'pay', version: '2' },
      outcome: 'failed',
    } as const
    expect(changeWords(release, none)).toEqual({ target: 'pay 2', outcome: 'failed', tone: 'bad' })
    expect(changeWords({ ...named, targets: ['a', 'b'], before: null }, none).target).toBe('a and 1 more')
  })
})
