import { describe, expect, it } from 'vitest'
import { nextRegion } from './regions.ts'

describe('nextRegion', () => {
  it('goes round in both directions', () => {
    expect([0, 1, 2].map((current) => nextRegion(current, 3, false))).toEqual([1, 2, 0])
    expect([0, 1, 2].map((current) => nextRegion(current, 3, true))).toEqual([2, 0, 1])
  })
  it('starts at the first from outside, and at the last backwards', () => {
    expect(nextRegion(-1, 3, false)).toBe(0)
    expect(nextRegion(-1, 3, true)).toBe(2)
    expect(nextRegion(-1, 0, false)).toBe(-1)
  })
})
