import { describe, expect, it } from 'vitest'
import {
  epochOf,
  formatBothTimes,
  formatBytes,
  formatCompact,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRelative,
  formatTimestamp,
  plural,
} from './format.ts'

describe('format', () => {
  it.each([
    [0, '0'],
    [1234, '1234'],
    [12345.678, '12\u2009345.68'],
    [-0.004, '0'],
    [-2.5, '−2.5'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '∞'],
  ])('writes the number %d as %s', (value, text) => expect(formatNumber(value)).toBe(text))

  it.each([
    [950, '950'],
    [12_340, '12.3k'],
    [-2_000_000, '−2M'],
    [0.0004, '4.0e-4'],
  ])('shortens %d to %s', (value, text) => expect(formatCompact(value)).toBe(text))

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1.5 * 1024 ** 2, '1.5 MiB'],
    [25.25 * 1024 ** 3, '25.3 GiB'],
    [0.5, '1 B'],
  ])('writes %d bytes as %s', (value, text) => expect(formatBytes(value)).toBe(text))

  it('writes a ratio as a percentage', () => expect(formatPercent(0.9995)).toBe('100 %'))
  it('keeps the digits of an availability when asked', () => expect(formatPercent(0.9995, 2)).toBe('99.95 %'))

  it.each([
    [0, '0 s'],
    [0.35, '350 ms'],
    [4.25, '4.3 s'],
    [250, '4 m 10 s'],
    [3600, '1 h'],
    [3605, '1 h'],
    [183_600, '2 d 3 h'],
    [-90, '−1 m 30 s'],
  ])('writes %d seconds as %s', (value, text) => expect(formatDuration(value)).toBe(text))

  it.each([
    [0, 'now'],
    [12_000, '12 s ago'],
    [200_000, '3 m ago'],
    [-7_200_000, 'in 2 h'],
    [3 * 86_400_000, '3 d ago'],
  ])('writes an age of %d ms as %s', (age, text) =>
    expect(formatRelative(1_000_000_000, 1_000_000_000 + age)).toBe(text),
  )

  it('writes an instant in the time zone that was asked for', () => {
    const at = Date.UTC(2025, 0, 31, 13, 3, 22)
    expect(formatTimestamp(at, 'Europe/Berlin')).toBe('2025-01-31 14:03:22')
    expect(formatBothTimes(at, 'Europe/Berlin')).toBe('2025-01-31 14:03:22 local · 2025-01-31 13:03:22 UTC')
    expect(formatTimestamp(Number.NaN)).toBe('–')
  })

  it('takes an instant as ISO string, number or Date', () => {
    expect(epochOf('1970-01-01T00:00:01Z')).toBe(1000)
    expect(epochOf(new Date(5))).toBe(5)
    expect(epochOf('yesterday')).toBeNaN()
  })

  it('counts in words', () => {
    expect(plural(1, 'alert')).toBe('1 alert')
    expect(plural(20_000, 'policy', 'policies')).toBe('20\u2009000 policies')
  })
})
