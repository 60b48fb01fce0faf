import { asAppError } from '#preload/contract/error.ts'

const units: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1 }
const amount = /(?:(\d+)\s*|\ban?\s+(?=hour|minute|second))(hours?|h|minutes?|min|m|seconds?|sec|s)\b/gi

/**
 * How long a `throttled` failure asks to wait, in seconds, from the length that its sentence or hint names
 * (`2 minutes`, `1 m 30 s`); null for another failure, or when it names none.
 */
export function waitOf(error: unknown): number | null {
  if (error === null || error === undefined) return null
  const { code, message, hint = '' } = asAppError(error)
  if (code !== 'throttled') return null
  const inHint = [...hint.matchAll(amount)]
  const lengths = inHint.length > 0 ? inHint : [...message.matchAll(amount)]
  if (lengths.length === 0) return null
  return lengths.reduce(
    (sum, [, count = '1', unit = 's']) => sum + Number(count) * (units[unit.charAt(0).toLowerCase()] ?? 1),
    0,
  )
}

/** `0:27`, `12:05`, `1:00:00`. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  const hours = Math.floor(whole / 3_600)
  const minutes = Math.floor((whole % 3_600) / 60)
  const rest = String(whole % 60).padStart(2, '0')
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`
}
