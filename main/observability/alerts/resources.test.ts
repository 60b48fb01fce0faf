import { expect, it } from 'vitest'
import { alertResources } from './resources.ts'

it('tells each environment that alerts are in, once', async () => {
  const touched = await alertResources.note?.({ ids: ['production.1f', 'staging.1f', 'production.2a'], text: 'x' })
  expect(touched?.map(({ environment }) => environment)).toEqual(['production', 'staging'])
})
