import { describe, expect, it } from 'vitest'
import { fittingStep, pointLimit } from './query.ts'

describe('the step of a range query', () => {
  it.each([
    [3_600, undefined, 1],
    [3_600, 15, 15],
    [86_400 * 90, undefined, 707],
    [86_400 * 90, 15, 707],
    [60, 0.25, 0.25],
    [0, undefined, 1],
  ])('over %s s with %s is %s', (length, step, expected) => {
    const start = 1_700_000_000
    const fitting = fittingStep({ start, end: start + length, ...(step === undefined ? {} : { step }) })
    expect(fitting).toBe(expected)
    expect(Math.floor(length / fitting) + 1).toBeLessThanOrEqual(pointLimit)
  })

  it('refuses what has no answer', () => {
    expect(() => fittingStep({ start: 2, end: 1 })).toThrow('before its start')
    expect(() => fittingStep({ start: 1, end: 2, step: 0 })).toThrow('step')
    expect(() => fittingStep({ start: NaN, end: 2 })).toThrow('before its start')
  })
})
