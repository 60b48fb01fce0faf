import { expect, it } from 'vitest'
import { secondsLeft } from './ProgressLine.tsx'

it('estimates what is left from the pace so far, and says nothing before there is one', () => {
  expect(secondsLeft(250, 1_000, 1_000)).toBe(3)
  expect(secondsLeft(0, 1_000, 5_000)).toBeNull()
  expect(secondsLeft(1, 1_000, 10)).toBeNull()
  expect(secondsLeft(1_000, 1_000, 5_000)).toBeNull()
})
