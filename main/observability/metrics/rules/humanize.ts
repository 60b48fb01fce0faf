import { shortest, significant } from './go-number.ts'

const large = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']
const small = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y']
const binary = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi']

/** SI prefix and four significant digits, as Prometheus' `humanize` (template/template.go). */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return significant(value, 4)
  return Math.abs(value) >= 1 ? scaledDown(value, 1000, large) : scaledUp(value)
}

/** Like `humanize`, in powers of 1024. */
export function humanize1024(value: number): string {
  return Math.abs(value) <= 1 || !Number.isFinite(value) ? significant(value, 4) : scaledDown(value, 1024, binary)
}

/** Seconds as days to seconds, or with an SI prefix below one second. */
export function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return significant(value, 4)
  if (value === 0) return '0s'
  if (Math.abs(value) < 1) return `${scaledUp(value)}s`
  const sign = value < 0 ? '-' : ''
  const magnitude = Math.abs(value)
  const whole = Math.trunc(magnitude)
  const [days, hours, minutes, seconds] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ]
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${seconds}s`
  if (minutes > 0) return `${sign}${minutes}m ${seconds}s`
  return `${sign}${significant(magnitude, 4)}s`
}

export const humanizePercentage = (value: number): string => `${significant(value * 100, 4)}%`

/** Seconds since the epoch in UTC, as Go prints a time. */
export function humanizeTimestamp(value: number): string {
  const date = new Date(value * 1000)
  if (Number.isNaN(date.getTime())) return shortest(value)
  const [day = '', time = ''] = date.toISOString().replace('Z', '').split('T')
  return `${day} ${time.replace(/\.?0+$/, '')} +0000 UTC`
}

function scaledDown(value: number, base: number, prefixes: readonly string[]): string {
  let scaled = value
  let prefix = ''
  for (const next of prefixes) {
    if (Math.abs(scaled) < base) break
    prefix = next
    scaled /= base
  }
  return significant(scaled, 4) + prefix
}

function scaledUp(value: number): string {
  let scaled = value
  let prefix = ''
  for (const next of small) {
    if (Math.abs(scaled) >= 1) break
    prefix = next
    scaled *= 1000
  }
  return significant(scaled, 4) + prefix
}
