import { describe, expect, it } from 'vitest'
import type { AlertPeriod } from '#preload/observability/alerts.ts'
import { occurrencesOf, stretchesOf } from './occurrences.ts'

const at = (minute: number): string => new Date(minute * 60_000).toISOString()
const period = (state: AlertPeriod['state'], from: number, to: number | null): AlertPeriod => ({
  state,
  from: at(from),
  to: to === null ? null : at(to),
})

describe('occurrences', () => {
  it('join periods that touch, and begin anew after a gap, the newest first', () => {
    const periods = [
      period('pending', 0, 5),
      period('firing', 5, 10),
      period('firing', 20, 30),
      period('acknowledged', 30, null),
    ]
    expect(occurrencesOf(periods)).toEqual([
      { from: at(20), to: null, states: ['firing', 'acknowledged'] },
      { from: at(0), to: at(10), states: ['pending', 'firing'] },
    ])
  })

  it('name a state once, however often it came back', () => {
    const periods = [period('firing', 0, 1), period('silenced', 1, 2), period('firing', 2, 3)]
    expect(occurrencesOf(periods)[0]?.states).toEqual(['firing', 'silenced'])
  })
})

describe('the strip of time', () => {
  it('cuts periods at its ends, and leaves out what lies outside', () => {
    const periods = [period('firing', -20, -10), period('firing', -5, 5), period('firing', 8, null)]
    expect(stretchesOf(periods, 0, 10 * 60_000)).toEqual([
      { state: 'firing', at: 0, length: 0.5 },
      { state: 'firing', at: 0.8, length: expect.closeTo(0.2) },
    ])
  })
})
