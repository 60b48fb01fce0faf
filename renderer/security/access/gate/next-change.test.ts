import { expect, it } from 'vitest'
import { nextChange } from './next-change.ts'

const never = { locksAt: null, endsAt: null, elevatedUntil: null }
const now = Date.parse('2026-01-01T12:00:00Z')

it('is the first of locking, ending and being an ordinary person again', () => {
  const me = { locksAt: '2026-01-01T12:15:00Z', endsAt: '2026-01-01T20:00:00Z', elevatedUntil: '2026-01-01T12:05:00Z' }
  expect(nextChange(me, now)).toBe('2026-01-01T12:05:00Z')
})

it('leaves out what is over, and is nothing when nothing is ahead', () => {
  expect(nextChange({ ...never, elevatedUntil: '2026-01-01T11:00:00Z', endsAt: '2026-01-01T20:00:00Z' }, now)).toBe(
    '2026-01-01T20:00:00Z',
  )
  expect(nextChange(never, now)).toBeNull()
})
