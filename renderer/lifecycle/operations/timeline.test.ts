import { expect, it } from 'vitest'
import type { JobEntry } from '#preload/lifecycle/operations.ts'
import { timelineOf } from './timeline.ts'

const at = (seconds: number): string => new Date(seconds * 1_000).toISOString()

const entry = (key: string, began: number, ended: number | null, undo: JobEntry['undo'] = null): JobEntry => ({
  ...{ key, kind: 'step', what: '', outcome: ended === null ? 'started' : 'succeeded', tries: 1 },
  ...{ beganAt: at(began), endedAt: ended === null ? null : at(ended), until: null, undo },
  ...{ input: null, output: null, error: null, childId: null },
})

it('lays every entry on one axis from the first beginning to the last end', () => {
  const { from, to, lines } = timelineOf({ timeline: [entry('a', 10, 12), entry('b', 12, 20)], endedAt: at(20) }, 0)
  expect([from, to]).toEqual([10_000, 20_000])
  expect(lines.map(({ ms, bar }) => [ms, bar.start, bar.length])).toEqual([
    [2_000, 0, 0.2],
    [8_000, 0.2, 0.8],
  ])
})

it('draws what has not ended up to now', () => {
  const { to, lines } = timelineOf({ timeline: [entry('a', 10, null)], endedAt: null }, 30_000)
  expect([to, lines[0]?.ms]).toEqual([30_000, 20_000])
})

it('draws what nobody saw end no further than the job', () => {
  const { to, lines } = timelineOf({ timeline: [entry('a', 10, null)], endedAt: at(14) }, 90_000)
  expect([to, lines[0]?.ms]).toEqual([14_000, 4_000])
})

it('has a bar of its own for the undoing', () => {
  const undo = { outcome: 'succeeded', beganAt: at(18), endedAt: at(20), error: null } as const
  expect(timelineOf({ timeline: [entry('a', 10, 12, undo)], endedAt: at(20) }, 0).lines[0]?.undo).toEqual({
    start: 0.8,
    length: 0.2,
  })
})

it('stands for entries that took no time at all', () => {
  expect(timelineOf({ timeline: [entry('a', 10, 10)], endedAt: at(10) }, 0).lines[0]?.bar).toEqual({
    start: 0,
    length: 0,
  })
})
