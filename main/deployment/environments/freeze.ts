import ICAL from 'ical.js'
import { AppError } from '#preload/contract/error.ts'
import type { FreezeWindow } from '#preload/deployment/environments.ts'
import { faultOf } from './calendar-lines.ts'
import { isTimeout, withinTime } from './time-limit.ts'
import { knowZone } from './zones.ts'

/** The freeze that holds, and the next one; null where there is none. */
export type Freezes = { readonly current: FreezeWindow | null; readonly next: FreezeWindow | null }

type Span = { readonly summaries: readonly string[]; readonly from: number; readonly until: number }

const yearMs = 366 * 24 * 3600_000
const mostOccurrences = 10_000
const longestMs = 2_000
const neverBelowADay: ReadonlySet<string> = new Set(['SECONDLY', 'MINUTELY', 'HOURLY'])

/**
 * The freezes of an iCalendar (RFC 5545) as seen from a moment: recurrence (RRULE, RDATE, EXDATE, RECURRENCE-ID), time
 * zones that the calendar defines (VTIMEZONE) or names by IANA, all-day events. Windows that overlap or touch are one. A time without a
 * zone is UTC, so that every machine of a team sees the same freeze. Cancelled events freeze nothing.
 *
 * @param now milliseconds since the epoch. @throws AppError `invalid` at `freezeCalendar`.
 */
export function freezesAt(text: string, now: number): Freezes {
  if (text.trim() === '') return { current: null, next: null }
  const spans = withinTime(longestMs, () => spansOf(text, now, now + yearMs))
  if (spans === null)
    throw refused('The freeze calendar takes too long to work out.', 'Simplify how its events repeat.')
  const merged = merge(spans)
  const current = merged.find(({ from, until }) => from <= now && now < until)
  const next = merged.find(({ from }) => from > now && from <= now + yearMs)
  return { current: current ? shown(current) : null, next: next ? shown(next) : null }
}

const mostRemembered = 100
const rememberedMs = 3600_000

/**
 * `freezesAt` for calendars that are looked at again and again: a daily series of ten years takes a tenth of a second to
 * work out. An answer is remembered until a freeze begins or ends, and for an hour at most.
 */
export function createFreezeReader(): (text: string, now: number) => Freezes {
  const known = new Map<string, { readonly from: number; readonly until: number; readonly freezes: Freezes }>()
  return (text, now) => {
    const last = known.get(text)
    if (last && last.from <= now && now < last.until) return last.freezes
    const freezes = freezesAt(text, now)
    const turns = [freezes.current?.until, freezes.next?.from].flatMap((at) => (at ? [Date.parse(at)] : []))
    if (known.size >= mostRemembered) known.clear()
    known.set(text, { from: now, until: Math.min(now + rememberedMs, ...turns), freezes })
    return freezes
  }
}

/** How many events a calendar has that freezes can be read from; 0 for none. */
export const freezeCount = (text: string): number =>
  text.trim() === '' ? 0 : parse(text).getAllSubcomponents('vevent').length

function parse(text: string): ICAL.Component {
  const fault = faultOf(text)
  if (fault !== null) throw refused(fault.message, fault.hint)
  try {
    return new ICAL.Component(ICAL.parse(text) as ConstructorParameters<typeof ICAL.Component>[0])
  } catch (thrown) {
    throw unreadable('The freeze calendar', thrown)
  }
}

function spansOf(text: string, from: number, until: number): Span[] {
  const calendar = parse(text)
  checkRules(calendar)
  const budget = { left: mostOccurrences }
  return calendar.getAllSubcomponents('vevent').flatMap((component) => {
    if (component.hasProperty('recurrence-id')) return [] // told by the event that it is an exception of
    if (isCancelled(component)) return []
    try {
      return occurrences(component, from, until, budget)
    } catch (thrown) {
      if (thrown instanceof AppError || isTimeout(thrown)) throw thrown
      throw unreadable(`The event "${component.getFirstPropertyValue('summary') ?? 'Freeze'}"`, thrown)
    }
  })
}

/** Also those of time zones, which ical.js expands year by year for as long as it is let. */
function checkRules(calendar: ICAL.Component): void {
  const parts = calendar.getAllSubcomponents()
  for (const component of [...parts, ...parts.flatMap((part) => part.getAllSubcomponents())])
    for (const property of component.getAllProperties('rrule')) {
      const rule = String(property.getFirstValue())
      const frequency = /FREQ=([A-Z]+)/.exec(rule)?.[1] ?? ''
      if (neverBelowADay.has(frequency))
        throw refused(`A freeze cannot repeat ${frequency.toLowerCase()}.`, 'Let it repeat daily at most.')
    }
}

function occurrences(
  component: ICAL.Component,
  from: number,
  until: number,
  budget: { left: number },
): readonly Span[] {
  const event = new ICAL.Event(component)
  const name = event.summary || 'Freeze'
  checkZone(component, name) // before any of its times is read
  if (!event.startDate) throw refused(`The event "${name}" has no start.`, 'Give it a DTSTART.')
  checkEnd(component, event, name)
  const spans: Span[] = []
  const dates = event.iterator()
  for (let start = dates.next(); start; start = dates.next()) {
    if (budget.left-- <= 0) throw refused('The freeze calendar has too many events.', 'Let its series begin later.')
    const { item, startDate, endDate } = event.getOccurrenceDetails(start)
    const span = { summaries: [item.summary || name], from: milliseconds(startDate), until: milliseconds(endDate) }
    if (span.from > until) break
    if (span.until > from && !isCancelled(item.component)) spans.push(span)
  }
  return spans
}

/** RFC 5545 §3.6.1: an all-day event without end lasts its day, one with a time would last no time at all. */
function checkEnd(component: ICAL.Component, event: ICAL.Event, name: string): void {
  const ends = component.hasProperty('dtend') || component.hasProperty('duration')
  if (!ends && !event.startDate.isDate)
    throw refused(`The event "${name}" has no end.`, 'Give it a DTEND or a DURATION.')
  if (milliseconds(event.endDate) <= milliseconds(event.startDate))
    throw refused(`The event "${name}" ends before it starts.`, 'Correct its DTEND.')
}

/** ical.js would read a time of an unknown zone as one without a zone, hours away from what was meant. */
function checkZone(component: ICAL.Component, name: string): void {
  for (const property of component.getAllProperties()) {
    const zone = property.getParameter('tzid')
    if (zone === undefined || zone === null || String(zone) === 'UTC') continue
    const defined = component.parent?.getAllSubcomponents('vtimezone') ?? []
    const isDefined = defined.some((one) => one.getFirstPropertyValue('tzid') === String(zone))
    if (!isDefined && !knowZone(String(zone)))
      throw refused(
        `The event "${name}" is in the time zone ${String(zone)}, which the calendar does not define and nobody knows.`,
        'Name one such as Europe/Berlin, add its VTIMEZONE, or give the times in UTC.',
      )
  }
}

/** Windows that overlap or touch, as one; in their order. */
function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from || a.until - b.until)) {
    const last = merged.at(-1)
    if (!last || span.from > last.until) merged.push(span)
    else
      merged[merged.length - 1] = {
        summaries: [...new Set([...last.summaries, ...span.summaries])],
        from: last.from,
        until: Math.max(last.until, span.until),
      }
  }
  return merged
}

const isCancelled = (component: ICAL.Component): boolean => component.getFirstPropertyValue('status') === 'CANCELLED'

const milliseconds = (time: ICAL.Time): number => time.toUnixTime() * 1_000

const shown = ({ summaries, from, until }: Span): FreezeWindow => ({
  summary: summaries.join(', ').slice(0, 300),
  from: new Date(from).toISOString(),
  until: new Date(until).toISOString(),
})

const refused = (message: string, hint: string): AppError =>
  new AppError('invalid', message, { hint, at: 'freezeCalendar' })

const unreadable = (what: string, cause: unknown): AppError =>
  new AppError('invalid', `${what} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, {
    hint: 'Export the calendar again, or correct it.',
    at: 'freezeCalendar',
    cause,
  })
