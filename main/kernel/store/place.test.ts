import { expect, it } from 'vitest'
import { applicationName, applicationPrefix } from './place.ts'

it('takes no two schemas for one, however long they are, and fits in what the server keeps of a name', () => {
  const schemas = ['team', 'framework0_production_a', 'framework0_production_b', 'f'.repeat(48)]
  expect(new Set(schemas.map(applicationPrefix)).size).toBe(schemas.length)
  for (const schema of schemas)
    expect(applicationName(schema, '01890a5d-ac96-774b-bcce-b302099a8057').length).toBeLessThan(64)
})
