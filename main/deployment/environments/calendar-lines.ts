import ICAL from 'ical.js'

/** What is wrong with the text of a calendar, and what to do. */
export type CalendarFault = { readonly message: string; readonly hint: string }

const notACalendar: CalendarFault = {
  message: 'The freeze calendar is not an iCalendar.',
  hint: 'Paste the text of an .ics file: it begins with BEGIN:VCALENDAR.',
}
const dated = new Set(['DTSTART', 'DTEND', 'RECURRENCE-ID', 'EXDATE', 'RDATE'])

/**
 * What makes a text no calendar that can be read (RFC 5545 §3.1 lines, §3.4 components), told by its lines: ical.js reads
 * dates leniently and says of the rest only that it could not be parsed. @returns null when nothing is found.
 */
export function faultOf(text: string): CalendarFault | null {
  const lines = text
    .trimStart()
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
    .map(lineOf)
  const [first] = lines
  if (first?.name !== 'BEGIN' || first.value.toUpperCase() !== 'VCALENDAR') return notACalendar
  // What is cut off may end amid a date, which is not what is wrong with it.
  return faultOfParts(lines) ?? lines.map(faultOfLine).find((fault) => fault !== null) ?? null
}

type Line = { readonly name: string; readonly parameters: string; readonly value: string }

function lineOf(text: string): Line {
  const [, name = '', parameters = '', value = ''] = /^([\w-]+)((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):(.*)$/.exec(text) ?? []
  return { name: name.toUpperCase(), parameters: parameters.toUpperCase(), value: value.trim() }
}

function faultOfParts(lines: readonly Line[]): CalendarFault | null {
  const open: string[] = []
  for (const { name, value } of lines) {
    if (name === 'BEGIN') open.push(value.toUpperCase())
    if (name === 'END' && open.pop() !== value.toUpperCase())
      return { message: `The freeze calendar ends a ${value} where none is open.`, hint: whole }
  }
  const [part] = open.slice(-1)
  return part === undefined ? null : { message: `The freeze calendar is cut off: a ${part} does not end.`, hint: whole }
}

const whole = 'Paste the whole .ics file, to END:VCALENDAR.'

function faultOfLine({ name, parameters, value }: Line): CalendarFault | null {
  if (name === 'RRULE' && !isRule(value))
    return {
      message: `The freeze calendar repeats by “${value.slice(0, 100)}”, which is no rule.`,
      hint: 'Write it as RFC 5545 has it, such as FREQ=WEEKLY;BYDAY=SA.',
    }
  if (!dated.has(name) || parameters.includes('VALUE=PERIOD')) return null
  const wrong = value.split(',').find((date) => !isDate(date))
  return wrong === undefined
    ? null
    : {
        message: `The freeze calendar has a ${name} of “${wrong.slice(0, 60)}”, which is no date.`,
        hint: 'Write it as 20260131T140000Z, or as 20260131 with VALUE=DATE for a whole day.',
      }
}

function isRule(value: string): boolean {
  try {
    ICAL.Recur.fromString(value)
    return true
  } catch {
    return false
  }
}

function isDate(text: string): boolean {
  const parts = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?$/.exec(text.trim())
  if (parts === null) return false
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0))
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second <= 60
}
