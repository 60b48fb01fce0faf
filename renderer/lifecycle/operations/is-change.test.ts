import { expect, it } from 'vitest'
import { isChange } from './is-change.ts'

it('tells changes from readings that are logged, and takes what it does not know for a change', () => {
  expect(isChange('operations.setPreferences')).toBe(true)
  expect(isChange('audit.list')).toBe(false)
  expect(isChange('audit.export')).toBe(false)
  expect(isChange('rollouts.start')).toBe(true)
})
