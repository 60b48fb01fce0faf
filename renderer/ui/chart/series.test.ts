import { expect, describe as group, it } from 'vitest'
import { alignSeries, describe, drawable, summarise, valueRange } from './series.ts'
import { sparkPath } from './spark-path.ts'

group('series', () => {
  it('joins series with different sample times, with gaps where one has no sample', () => {
    const joined = alignSeries([
      { times: [10, 30], values: [1, 3] },
      { times: [20, 30], values: [null, 9] },
    ])
    expect(joined).toEqual({
      times: [10, 20, 30],
      values: [
        [1, null, 3],
        [null, null, 9],
      ],
    })
  })
  it('draws NaN and infinities as gaps', () => {
    expect(drawable([1, Number.NaN, null, Number.POSITIVE_INFINITY, 0])).toEqual([1, null, null, null, 0])
  })
  it('summarises only what is there', () => {
    expect(summarise([null, 4, Number.NaN, 2])).toEqual({ last: 2, min: 2, max: 4, mean: 3 })
    expect(summarise([null])).toEqual({ last: null, min: null, max: null, mean: null })
  })
  it('starts the axis at zero where zero is near, and shows the threshold', () => {
    expect(valueRange(1, 10, undefined)[0]).toBe(0)
    expect(valueRange(98, 100, undefined)[0]).toBeCloseTo(97.8)
    expect(valueRange(1, 10, 50)[1]).toBeGreaterThan(50)
    expect(valueRange(null, null, undefined)).toEqual([0, 1])
    expect(valueRange(5, 5, undefined)).toEqual([0, 6.25])
    expect(valueRange(-10, -1, undefined)[1]).toBe(0)
  })
  it('says what it shows, also that there is nothing', () => {
    const text = describe(
      'CPU',
      [
        { label: 'a', values: [1, 2] },
        { label: 'b', values: [] },
      ],
      String,
      { value: 5 },
    )
    expect(text).toBe('CPU. a: last 2, from 1 to 2; b: no data; threshold 5.')
  })
})

group('sparkPath', () => {
  it('lifts the pen over a gap', () => {
    expect(sparkPath([0, 1, null, 1, 0], 40, 12)).toBe('M0 11L10 1M30 1L40 11')
  })
  it('draws a constant through the middle, and nothing of nothing', () => {
    expect(sparkPath([5, 5], 10, 10)).toBe('M0 5L10 5')
    expect(sparkPath([Number.NaN], 10, 10)).toBe('')
  })
})
