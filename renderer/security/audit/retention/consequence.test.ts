import { expect, it } from 'vitest'
import { horizonOf, keepsLess, readDays } from './consequence.ts'

it('tells from when on content is kept', () => {
  const now = Date.parse('2026-11-25T12:00:00Z')
  expect(horizonOf(30, now)).toBe('2026-10-26T12:00:00.000Z')
  expect(horizonOf(null, now)).toBeNull()
})

it('knows which changes let go of content', () => {
  expect(keepsLess(null, 365)).toBe(true)
  expect(keepsLess(365, 90)).toBe(true)
  expect(keepsLess(90, 365)).toBe(false)
  expect(keepsLess(90, 90)).toBe(false)
  expect(keepsLess(90, null)).toBe(false)
})

it('reads days, or says why it cannot', () => {
  expect(readDays(' 365 ')).toBe(365)
  expect(readDays('')).toBe('Write a whole number of days.')
  expect(readDays('1.5')).toBe('Write a whole number of days.')
  expect(readDays('7')).toBe('Content is kept for at least 30 days.')
  expect(readDays('99999')).toBe('Content is kept for at most 36500 days; or for ever.')
})
