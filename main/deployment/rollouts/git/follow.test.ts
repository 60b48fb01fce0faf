import { expect, it } from 'vitest'
import { follow } from './follow.ts'
import { type GitState, nothingRead, type StoredSource } from './store.ts'

const source: StoredSource = {
  ...{ environment: 'staging', service: 'checkout', address: '/srv/deploy.git', branch: 'main', path: 'a.yaml' },
  ...{ key: 'version', user: 'git', hasToken: false, revision: 1, state: nothingRead },
  automatic: {
    strategy: { kind: 'immutable' },
    analysis: { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 },
  },
}
const reading = {
  ...{ version: '2', commit: 'bbbbbbbbbb', subject: 'Run 2', author: 'ana' },
  committedAt: '2026-01-01T00:00:00.000Z',
}
const state: GitState = { ...nothingRead, reading, readAt: reading.committedAt, settled: 'aaaaaaaaaa' }
type Facts = Parameters<typeof follow>[0]
const decide = (change: Partial<Facts> = {}) =>
  follow({ source, state, runs: '1', changing: false, approvals: 0, plan: async () => ({ blocked: [] }), ...change })

it('rolls out what Git newly says, in the way that was chosen, and only once for a commit', async () => {
  expect(await decide()).toEqual({
    kind: 'roll out',
    input: { environment: 'staging', service: 'checkout', version: '2', ...source.automatic },
    state: { ...state, settled: reading.commit },
    text: 'Git says 2 since bbbbbbb by ana: it is rolled out by immutable.',
  })
  expect(await decide({ state: { ...state, settled: reading.commit } })).toMatchObject({ kind: 'stay' })
})

it.each<[string, Partial<Facts>, Partial<GitState>]>([
  ['was there first', { state: { ...state, settled: null } }, { settled: reading.commit }],
  ['runs already', { runs: '2' }, { settled: reading.commit }],
  ['a person is to roll out', { source: { ...source, automatic: null } }, { held: null }],
  ['comes while another rollout is under way', { changing: true }, {}],
  ['could not be read again', { state: { ...state, error: 'Away.' } }, { error: 'Away.' }],
  [
    'others have to approve',
    { approvals: 1 },
    { held: 'staging asks for approval by others, so a person has to roll 2 out.' },
  ],
  [
    'is excluded',
    { plan: async () => ({ blocked: ['2 is excluded: It fails.'] }) },
    { held: '2 is excluded: It fails.' },
  ],
])('rolls nothing out that %s', async (_, change, expected) => {
  expect(await decide(change)).toEqual({ kind: 'stay', state: { ...state, ...expected } })
})
