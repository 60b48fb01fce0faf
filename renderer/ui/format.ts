/** How numbers, sizes, durations and instants are written everywhere. Locale-free on purpose: 3 a.m. is no time for 1.234 vs 1,234. */

const thin = '\u2009'

/** `12 345.6`: groups of three by a thin space, at most `digits` decimals, trailing zeros dropped. */
export function formatNumber(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞'
  const [whole = '0', fraction = ''] = Math.abs(value).toFixed(digits).split('.')
  const trimmed = fraction.replace(/0+$/, '')
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, thin) : whole
  const text = trimmed === '' ? grouped : `${grouped}.${trimmed}`
  return value < 0 && text !== '0' ? `−${text}` : text
}

const magnitudes = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

/** `12.3k`, for axes and badges. */
export function formatCompact(value: number): string {
  if (!Number.isFinite(value)) return formatNumber(value)
  for (const [size, suffix] of magnitudes)
    if (Math.abs(value) >= size) return `${formatNumber(value / size, 1)}${suffix}`
  if (value !== 0 && Math.abs(value) < 0.01) return value.toExponential(1)
  return formatNumber(value, 2)
}

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** Bytes in IEC units (powers of 1,024): `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return formatNumber(bytes)
  const power = bytes === 0 ? 0 : Math.min(Math.max(Math.floor(Math.log2(Math.abs(bytes)) / 10), 0), 5)
  const value = bytes / 1024 ** power
  return `${formatNumber(value, power === 0 ? 0 : Math.abs(value) < 10 ? 2 : 1)} ${binaryUnits[power]}`
}

/** A ratio of 1 as `100 %`. */
export function formatPercent(ratio: number, digits = 1): string {
  return Number.isFinite(ratio) ? `${formatNumber(ratio * 100, digits)} %` : formatNumber(ratio)
}

const durationUnits = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
  [1, 's'],
] as const

/** Seconds as at most two units: `2 d 3 h`, `4 m 10 s`, `350 ms`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return formatNumber(seconds)
  const sign = seconds < 0 ? '−' : ''
  const size = Math.abs(seconds)
  if (size === 0) return '0 s'
  if (size < 1) return `${sign}${formatNumber(size * 1000, size < 0.01 ? 2 : 0)} ms`
  if (size < 10) return `${sign}${formatNumber(size, 1)} s`
  let rest = Math.round(size)
  const parts: string[] = []
  for (const [length, unit] of durationUnits) {
    const amount = Math.floor(rest / length)
    rest -= amount * length
    if (amount > 0) parts.push(`${amount} ${unit}`)
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return sign + parts.join(' ')
}

/** One coarse unit for lists: `now`, `12 s ago`, `3 m ago`, `in 2 h`. Both arguments are epoch milliseconds. */
export function formatRelative(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000)
  if (!Number.isFinite(seconds)) return '–'
  const size = Math.abs(seconds)
  if (size < 2) return 'now'
  const [length, unit] = durationUnits.find(([candidate]) => size >= candidate) ?? [1, 's']
  const text = `${Math.floor(size / length)} ${unit}`
  return seconds > 0 ? `${text} ago` : `in ${text}`
}

const calendars = new Map<string, Intl.DateTimeFormat>()

function calendar(timeZone: string | undefined): Intl.DateTimeFormat {
  const key = timeZone ?? ''
  const known = calendars.get(key)
  if (known !== undefined) return known
  // 'sv-SE' writes ISO 8601 order with a space, in any time zone.
  const made = new Intl.DateTimeFormat('sv-SE', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...(timeZone === undefined ? {} : { timeZone }),
  })
  calendars.set(key, made)
  return made
}

/** Epoch milliseconds as `2025-01-31 14:03:22` in the given (or the local) time zone. */
export function formatTimestamp(at: number, timeZone?: string): string {
  return Number.isFinite(at) ? calendar(timeZone).format(at) : '–'
}

/** Local and UTC time together, for titles: `2025-01-31 15:03:22 local · 2025-01-31 14:03:22 UTC`. */
export function formatBothTimes(at: number, timeZone?: string): string {
  return `${formatTimestamp(at, timeZone)} local · ${formatTimestamp(at, 'UTC')} UTC`
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatNumber(count, 0)} ${count === 1 ? one : many}`

export type Instant = string | number | Date

/** Epoch milliseconds of an ISO string, a number of milliseconds or a Date; NaN when it is none. */
export const epochOf = (instant: Instant): number =>
  typeof instant === 'number' ? instant : instant instanceof Date ? instant.getTime() : Date.parse(instant)
