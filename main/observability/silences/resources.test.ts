import { describe, expect, it } from 'vitest'
import { localTarget } from '#preload/observability/silences.ts'
import { silenceResources } from './resources.ts'

const resources = silenceResources({
  targets: async () => [
    { id: 'am', name: 'A', environment: 'production', kind: 'alertmanager', unavailable: null },
    { id: 'stg', name: 'B', environment: 'staging', kind: 'alertmanager', unavailable: null },
  ],
  environments: async () => ['local', 'production', 'staging'],
})

const reached = async (targets: readonly string[]) =>
  (await resources.expire?.({ silences: targets.map((target) => ({ target, id: 'x' })) }))?.map(
    ({ environment }) => environment,
  )

describe('what a silence reaches', () => {
  it('is the environment of its Alertmanager', async () => {
    expect(await reached(['am', 'am'])).toEqual(['production'])
    expect(await reached(['am', 'stg'])).toEqual(['production', 'staging'])
  })

  it('is every environment for a silence of this workspace', async () => {
    expect(await reached([localTarget])).toEqual(['local', 'production', 'staging'])
  })

  it('is no environment for a target that is gone', async () => {
    expect(await reached(['gone'])).toEqual([null])
  })
})
