import { expect, it } from 'vitest'
import { countWords, filterWords } from './filter-words.ts'

const nameOf = (actor: string): string => (actor === 'a1' ? 'Ada' : actor)

it('says a filter as one phrase, people by their names', () => {
  expect(filterWords({}, nameOf)).toBe('everything')
  expect(filterWords({ actor: 'a1', operation: 'alerts', outcome: 'failed', environment: 'production' }, nameOf)).toBe(
    'by Ada, alerts, in production, failed',
  )
  expect(filterWords({ text: 'disk', target: 't1', correlationId: 'c1' }, nameOf)).toBe(
    'on t1, of correlation c1, with “disk”',
  )
  expect(filterWords({ from: '2026-11-25T10:00:00.000Z', to: '2026-11-26T10:00:00.000Z' }, nameOf)).toMatch(
    /^since 2026-11-25 \d\d:00, until 2026-11-26 \d\d:00$/,
  )
})

it('says where counting stopped', () => {
  expect(countWords({ total: 1, exact: true })).toBe('1 entry')
  expect(countWords({ total: 1_000, exact: false })).toBe('more than 1000 entries')
})
