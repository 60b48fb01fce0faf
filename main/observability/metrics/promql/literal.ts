import { AppError } from '#preload/contract/error.ts'

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

/** `1h30m` in milliseconds, or null when the text is no Prometheus duration (prometheus/common, model.ParseDuration). */
export function durationMs(text: string): number | null {
  if (text === '0') return 0
  if (!/^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text) || text === '') return null
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g))
    total += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  return total
}

/** A PromQL number: decimal, hexadecimal, Inf, NaN, or a duration, which counts in seconds. */
export function numberOf(text: string, at: number): number {
  const sign = text.startsWith('-') ? -1 : 1
  const body = text.replace(/^[-+]/, '').trim().replaceAll('_', '')
  if (/^inf$/i.test(body)) return sign * Number.POSITIVE_INFINITY
  if (/^nan$/i.test(body)) return Number.NaN
  const duration = /[a-z]$/i.test(body) && !/^0x/i.test(body) ? durationMs(body) : null
  if (duration !== null) return (sign * duration) / 1000
  // Prometheus reads numbers as Go does: a leading zero means octal, 08 is malformed only as an integer.
  const value = /^0[0-7]+$/.test(body) ? Number.parseInt(body, 8) : Number(body)
  if (Number.isNaN(value)) throw invalid(`"${text}" is not a number.`, at)
  return sign * value
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
}

/** The text between the quotes, with Go's escapes resolved; backquotes take everything literally. */
export function stringOf(literal: string, at: number): string {
  const quote = literal[0]
  if (literal.length < 2 || literal.at(-1) !== quote) throw invalid('A string is not closed.', at)
  const body = literal.slice(1, -1)
  if (quote === '`') return body
  if (/(?<!\\)(?:\\\\)*\\$/.test(body)) throw invalid('A string is not closed.', at)
  return body.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S])/g, (whole, code: string) => {
    if (/^[xuU]./.test(code)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16))
    if (/^[0-7]{3}$/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8))
    const escaped = escapes[code]
    if (escaped === undefined) throw invalid(`${whole} is not an escape that PromQL knows.`, at)
    return escaped
  })
}

export const invalid = (message: string, at: number): AppError => new AppError('invalid', message, { at: String(at) })

export const unsupported = (construct: string, at: number): AppError =>
  new AppError('unsupported', `${construct} is not supported by the embedded metrics engine (at character ${at}).`, {
    hint: 'Connect a Prometheus server to use all of PromQL.',
    at: String(at),
  })
