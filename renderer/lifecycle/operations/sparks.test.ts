import { describe, expect, it } from 'vitest'
import { valuesOf } from './sparks.ts'

describe('the values of a sparkline', () => {
  const from = 1_000_000

  it('has a place for every step of the last quarter of an hour', () => {
    const values = valuesOf(
      {
        labels: {},
        points: [
          [1_000, 1],
          [1_030, 2],
          [1_900, 3],
        ],
      },
      from,
      10,
    )
    expect(values).toHaveLength(91)
    expect([values[0], values[1], values[3], values[90]]).toEqual([1, null, 2, 3])
  })

  it('is all gaps where nothing was measured', () => {
    expect(new Set(valuesOf(undefined, from, 10))).toEqual(new Set([null]))
  })

  it('leaves out what is outside', () => {
    expect(
      new Set(
        valuesOf(
          {
            labels: {},
            points: [
              [990, 7],
              [1_910, 7],
            ],
          },
          from,
          10,
        ),
      ),
    ).toEqual(new Set([null]))
  })
})
