import { describe, expect, it } from 'vitest'
import { createFreezeReader, freezesAt } from './freeze.ts'

const calendar = (...parts: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN', ...parts, 'END:VCALENDAR', ''].join('\r\n')
let uid = 0
const event = (...lines: readonly string[]): string =>
  ['BEGIN:VEVENT', `UID:${++uid}`, ...lines, 'END:VEVENT'].join('\r\n')
const at = (text: string): number => Date.parse(text)
const berlin = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:STANDARD',
  'DTSTART:19701025T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:19700329T020000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
].join('\r\n')
const window = (summary: string, from: string, until: string) => ({ summary, from, until })

describe('a freeze', () => {
  const sale = calendar(event('SUMMARY:Sale', 'DTSTART:20261127T000000Z', 'DTEND:20261130T000000Z'))

  it('holds from its start until its end, and not at its end', () => {
    const told = window('Sale', '2026-11-27T00:00:00.000Z', '2026-11-30T00:00:00.000Z')
    expect(freezesAt(sale, at('2026-11-26T23:59:59.999Z'))).toEqual({ current: null, next: told })
    expect(freezesAt(sale, at('2026-11-27T00:00:00Z'))).toEqual({ current: told, next: null })
    expect(freezesAt(sale, at('2026-11-30T00:00:00Z'))).toEqual({ current: null, next: null })
  })

  it('that is further away than a year is not told yet', () => {
    expect(freezesAt(sale, at('2025-11-01T00:00:00Z'))).toEqual({ current: null, next: null })
  })

  it('repeats by its rule, but not on the dates that are excepted', () => {
    const weekends = calendar(
      event(
        'SUMMARY:Weekend',
        'DTSTART:20260103T000000Z',
        'DURATION:P2D',
        'RRULE:FREQ=WEEKLY',
        'EXDATE:20260117T000000Z',
      ),
    )
    expect(freezesAt(weekends, at('2026-01-11T12:00:00Z')).current?.from).toBe('2026-01-10T00:00:00.000Z')
    expect(freezesAt(weekends, at('2026-01-17T12:00:00Z'))).toEqual({
      current: null,
      next: window('Weekend', '2026-01-24T00:00:00.000Z', '2026-01-26T00:00:00.000Z'),
    })
  })

  it('follows an event of its series that was moved, and leaves one out that was cancelled', () => {
    const moved = calendar(
      'BEGIN:VEVENT\r\nUID:s\r\nSUMMARY:Night\r\nDTSTART:20260101T220000Z\r\nDTEND:20260101T230000Z\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT',
      'BEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID:20260102T220000Z\r\nSUMMARY:Early\r\nDTSTART:20260102T200000Z\r\nDTEND:20260102T210000Z\r\nEND:VEVENT',
      'BEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID:20260103T220000Z\r\nSTATUS:CANCELLED\r\nDTSTART:20260103T220000Z\r\nDTEND:20260103T230000Z\r\nEND:VEVENT',
    )
    expect(freezesAt(moved, at('2026-01-02T20:30:00Z')).current?.summary).toBe('Early')
    expect(freezesAt(moved, at('2026-01-02T22:30:00Z')).current).toBeNull()
    expect(freezesAt(moved, at('2026-01-03T22:30:00Z')).current).toBeNull()
  })

  it('keeps the local time of its zone when the clocks change', () => {
    const evenings = calendar(
      berlin,
      event(
        'SUMMARY:Evening',
        'DTSTART;TZID=Europe/Berlin:20260301T180000',
        'DTEND;TZID=Europe/Berlin:20260301T200000',
        'RRULE:FREQ=DAILY',
      ),
    )
    expect(freezesAt(evenings, at('2026-03-28T12:00:00Z')).next?.from).toBe('2026-03-28T17:00:00.000Z')
    expect(freezesAt(evenings, at('2026-03-29T12:00:00Z')).next?.from).toBe('2026-03-29T16:00:00.000Z')
    expect(freezesAt(evenings, at('2026-10-25T12:00:00Z')).next?.from).toBe('2026-10-25T17:00:00.000Z')
  })

  it('knows a zone by its IANA name, as Google and Outlook send it', () => {
    const evenings = calendar(
      event(
        'SUMMARY:Evening',
        'DTSTART;TZID=Europe/Berlin:20260301T180000',
        'DTEND;TZID=Europe/Berlin:20260301T200000',
        'RRULE:FREQ=DAILY;UNTIL=20261231T170000Z',
      ),
    )
    expect(freezesAt(evenings, at('2026-03-28T12:00:00Z')).next?.from).toBe('2026-03-28T17:00:00.000Z')
    expect(freezesAt(evenings, at('2026-03-29T12:00:00Z')).next?.from).toBe('2026-03-29T16:00:00.000Z')
    expect(freezesAt(evenings, at('2026-10-25T12:00:00Z')).next?.from).toBe('2026-10-25T17:00:00.000Z')
    expect(freezesAt(evenings, at('2026-12-31T12:00:00Z')).next?.from).toBe('2026-12-31T17:00:00.000Z')
    expect(freezesAt(evenings, at('2027-01-01T12:00:00Z')).next).toBeNull()
  })

  it.each([
    ['20260325T023000', '20260328T023000', '2026-03-28T01:30:00.000Z'],
    ['20260329T023000', '20260329T040000', '2026-03-29T01:30:00.000Z'], // left out: by the offset before
    ['20261025T023000', '20261025T040000', '2026-10-25T00:30:00.000Z'], // twice: the first
  ])('reads %s in Berlin as the calendar’s own zone would', (from, until, expected) => {
    const one = event(`DTSTART;TZID=Europe/Berlin:${from}`, `DTEND;TZID=Europe/Berlin:${until}`)
    const begins = (text: string) => freezesAt(text, at('2026-03-24T00:00:00Z')).next?.from
    const read = begins(calendar(one))
    if (from.startsWith('20260325')) expect(read).toBe('2026-03-25T01:30:00.000Z')
    else expect(read).toBe(expected)
  })

  it('of a whole day lasts that day, and of several until the day before its end', () => {
    const days = calendar(
      event('SUMMARY:Eve', 'DTSTART;VALUE=DATE:20261224'),
      event('SUMMARY:Inventory', 'DTSTART;VALUE=DATE:20261229', 'DTEND;VALUE=DATE:20261231'),
    )
    expect(freezesAt(days, at('2026-12-24T23:59:00Z'))).toEqual({
      current: window('Eve', '2026-12-24T00:00:00.000Z', '2026-12-25T00:00:00.000Z'),
      next: window('Inventory', '2026-12-29T00:00:00.000Z', '2026-12-31T00:00:00.000Z'),
    })
  })

  it('that overlaps or touches another is one with it, under both names', () => {
    const both = calendar(
      event('SUMMARY:B', 'DTSTART:20260102T000000Z', 'DTEND:20260103T000000Z'),
      event('SUMMARY:A', 'DTSTART:20260101T000000Z', 'DTEND:20260102T000000Z'),
    )
    const { current, next } = freezesAt(both, at('2026-01-01T12:00:00Z'))
    expect(current).toEqual(window('A, B', '2026-01-01T00:00:00.000Z', '2026-01-03T00:00:00.000Z'))
    expect(next).toBeNull()
  })

  it('that was cancelled holds nobody up', () => {
    const text = calendar(event('STATUS:CANCELLED', 'DTSTART:20260101T000000Z', 'DTEND:20260102T000000Z'))
    expect(freezesAt(text, at('2026-01-01T12:00:00Z')).current).toBeNull()
  })

  it('still holds in a daily series that began twenty years ago', () => {
    const old = calendar(event('DTSTART:20060101T120000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY'))
    expect(freezesAt(old, at('2026-06-01T12:30:00Z')).current?.until).toBe('2026-06-01T13:00:00.000Z')
  })
})

it('is told by a reader that remembers as it would be told anew, whichever way the clock goes', () => {
  const text = calendar(event('DTSTART:20260101T220000Z', 'DURATION:PT2H', 'RRULE:FREQ=DAILY'))
  const read = createFreezeReader()
  const start = at('2026-03-01T20:00:00Z')
  const moments = Array.from({ length: 40 }, (_, n) => start + n * 15 * 60_000)
  for (const moment of [...moments, ...moments.toReversed()])
    expect(read(text, moment)).toEqual(freezesAt(text, moment))
})

describe('a freeze calendar is refused', () => {
  const timed = (rule: string) => calendar(event('DTSTART:20260101T000000Z', 'DTEND:20260101T010000Z', rule))
  it.each([
    ['that is no iCalendar', 'freeze in December', /not an iCalendar/],
    ['that is cut off', sliced(), /cut off: a VEVENT does not end/],
    ['that is a lone event', event('DTSTART:20260101T000000Z'), /not an iCalendar/],
    ['with an event without end', calendar(event('SUMMARY:X', 'DTSTART:20260101T000000Z')), /"X" has no end/],
    ['with an event without start', calendar(event('SUMMARY:X', 'DURATION:PT1H')), /"X" has no start/],
    [
      'with an event that ends before it starts',
      calendar(event('SUMMARY:X', 'DTSTART:20260102T000000Z', 'DTEND:20260101T000000Z')),
      /ends before it starts/,
    ],
    [
      'in a time zone that it does not define',
      calendar(event('DTSTART;TZID=Mars/Olympus:20260101T000000', 'DURATION:PT1H')),
      /Mars\/Olympus, which the calendar does not define and nobody knows/,
    ],
    [
      'with a date that is none',
      calendar(event('SUMMARY:X', 'DTSTART:20261341T000000Z', 'DTEND:20261342T000000Z')),
      /DTSTART of “20261341T000000Z”, which is no date/,
    ],
    [
      'with words for a date',
      calendar(event('DTSTART:20260101T000000Z', 'DTEND:tomorrow')),
      /DTEND of “tomorrow”, which is no date/,
    ],
    ['that repeats within a day', timed('RRULE:FREQ=SECONDLY'), /cannot repeat secondly/],
    ['whose rule cannot be read', timed('RRULE:FREQ=SOMETIMES'), /repeats by “FREQ=SOMETIMES”, which is no rule/],
    ['whose rule never comes true', timed('RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30'), /takes too long/],
    [
      'that begins too long ago to be counted through',
      calendar(event('DTSTART:19000101T000000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY')),
      /too many events/,
    ],
  ])('%s', (_, text, message) => {
    const attempt = () => freezesAt(text, at('2026-01-01T00:00:00Z'))
    expect(attempt).toThrow(message)
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid', at: 'freezeCalendar' }))
  })

  function sliced(): string {
    return calendar(event('DTSTART:20260101T000000Z', 'DURATION:PT1H')).slice(0, 90)
  }
})
