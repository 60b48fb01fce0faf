import { expect, it } from 'vitest'
import { titleWithCount } from './title.ts'

it('puts the count before the title once, and takes it away at zero', () => {
  expect(titleWithCount('Alerts · Framework0', 3)).toBe('(3) Alerts · Framework0')
  expect(titleWithCount('(3) Alerts · Framework0', 12)).toBe('(12) Alerts · Framework0')
  expect(titleWithCount('(12) Alerts · Framework0', 0)).toBe('Alerts · Framework0')
})
