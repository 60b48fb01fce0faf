import ICAL from 'ical.js'

const dayMs = 24 * 3600_000

/**
 * A time zone by its IANA name, as this machine knows it: for calendars that name one without defining it, which Google
 * and Outlook send. A local time that comes twice is the first of the two, and one that is left out is told by the offset
 * before (RFC 5545 §3.3.5).
 */
class KnownZone extends ICAL.Timezone {
  private readonly format: Intl.DateTimeFormat
  private readonly known = new Map<number, number>()

  constructor(name: string) {
    super({ tzid: name })
    this.format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: name, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    })
  }

  /** @returns seconds east of UTC. */
  override utcOffset({ year, month, day, hour, minute, second }: ICAL.Time): number {
    const local = Date.UTC(year, month - 1, day, hour, minute, second)
    const known = this.known.get(local)
    if (known !== undefined) return known
    const before = this.offsetAt(local - dayMs)
    const after = this.offsetAt(local + dayMs)
    const holds = (offset: number): boolean => this.offsetAt(local - offset) === offset
    const seconds = (before === after || holds(before) || !holds(after) ? before : after) / 1_000
    this.known.set(local, seconds)
    return seconds
  }

  /** Milliseconds east of UTC at a moment. */
  private offsetAt(moment: number): number {
    const parts = new Map(this.format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
    return local - Math.floor(moment / 1_000) * 1_000
  }
}

/** Makes a time zone known to ical.js by its IANA name. @returns whether there is one of that name. */
export function knowZone(name: string): boolean {
  if (ICAL.TimezoneService.has(name)) return true
  try {
    ICAL.TimezoneService.register(new KnownZone(name), name)
    return true
  } catch {
    return false // a RangeError of Intl
  }
}
