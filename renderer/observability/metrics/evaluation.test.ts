import { describe, expect, it } from 'vitest'
import { linesOf, rateWindow, refreshSeconds, seriesName, stepOf } from './evaluation.ts'

const hour = 3_600_000
const now = Date.UTC(2026, 0, 10)

describe('the evaluation of a range', () => {
  it('has the step that the contract answers with', () => {
    expect(stepOf({ from: now - hour, to: now })).toBe(9)
    expect(stepOf({ from: now - 6 * hour, to: now })).toBe(54)
    expect(stepOf({ from: now - 10_000, to: now })).toBe(1)
  })

  it('looks far enough back for a rate, also where only rollups are left', () => {
    expect(rateWindow({ from: now - hour, to: now }, now)).toBe('60s')
    expect(rateWindow({ from: now - 24 * hour, to: now }, now)).toBe('432s')
    expect(rateWindow({ from: now - 49 * hour, to: now - 48 * hour }, now)).toBe('900s')
  })

  it('looks again every reading for short ranges and less often for long ones', () => {
    expect(refreshSeconds({ from: now - hour / 4, to: now })).toBe(5)
    expect(refreshSeconds({ from: now - hour, to: now })).toBe(5)
    expect(refreshSeconds({ from: now - 7 * 24 * hour, to: now })).toBe(60)
  })

  it('leaves a gap where nothing was measured', () => {
    const points: [number, number | null][] = [
      [1_000, 1],
      [1_010, 2],
      [1_040, 3],
    ]
    const { times, series } = linesOf(
      [{ stepSeconds: 10, label: () => 'x', series: [{ labels: {}, points }] }],
      1_000_000,
    )
    expect(times).toEqual([1_000, 1_010, 1_020, 1_030, 1_040])
    expect(series[0]?.values).toEqual([1, 2, null, null, 3])
  })

  it('puts series that began later on the same axis and tells equal names apart', () => {
    const answer = (from: number) => ({
      stepSeconds: 10,
      label: () => 'same',
      series: [{ labels: {}, points: [[from, from] as [number, number]] }],
    })
    const { series } = linesOf([answer(10), answer(30)], 10_000)
    expect(series.map(({ label, values }) => [label, values])).toEqual([
      ['same', [10, null, null]],
      ['same (2)', [null, null, 30]],
    ])
  })

  it('says nothing where there is nothing', () => {
    expect(linesOf([], 0)).toEqual({ times: [], series: [] })
    expect(linesOf([{ stepSeconds: 1, label: () => 'x', series: [] }], 0)).toEqual({
      times: [],
      series: [],
    })
  })

  it('names a series as Prometheus does', () => {
    expect(seriesName({ __name__: 'up', job: 'no"de' })).toBe('up{job="no\\"de"}')
    expect(seriesName({ __name__: 'up' })).toBe('up')
    expect(seriesName({ job: 'a' })).toBe('{job="a"}')
    expect(seriesName({})).toBe('value')
  })
})
