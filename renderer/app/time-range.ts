import { formatTimestamp } from '../ui/format.ts'

/** A stretch of time as it is written: relative (`now-6h`, `now`) or absolute (ISO 8601). */
export type TimeRange = { readonly from: string; readonly to: string }

/** Epoch milliseconds. */
export type ResolvedRange = { readonly from: number; readonly to: number }

export const quickRanges: readonly { readonly label: string; readonly range: TimeRange }[] = [
  { label: 'Last 5 minutes', range: { from: 'now-5m', to: 'now' } },
  { label: 'Last 15 minutes', range: { from: 'now-15m', to: 'now' } },
  { label: 'Last 30 minutes', range: { from: 'now-30m', to: 'now' } },
  { label: 'Last hour', range: { from: 'now-1h', to: 'now' } },
  { label: 'Last 3 hours', range: { from: 'now-3h', to: 'now' } },
  { label: 'Last 6 hours', range: { from: 'now-6h', to: 'now' } },
  { label: 'Last 12 hours', range: { from: 'now-12h', to: 'now' } },
  { label: 'Last 24 hours', range: { from: 'now-24h', to: 'now' } },
  { label: 'Last 2 days', range: { from: 'now-2d', to: 'now' } },
  { label: 'Last 7 days', range: { from: 'now-7d', to: 'now' } },
  { label: 'Last 30 days', range: { from: 'now-30d', to: 'now' } },
]

const units: ReadonlyMap<string, number> = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
])

/** Epoch milliseconds of `now`, `now-90m`, `2025-01-31 14:00` (local) or ISO 8601; null when it is none of them. */
export function parseInstant(text: string, now: number): number | null {
  const relative = /^now(?:-(\d{1,6})([smhdw]))?$/.exec(text.trim())
  if (relative !== null) {
    const [, amount, unit] = relative
    if (amount === undefined) return now
    return now - Number(amount) * (units.get(unit ?? '') ?? Number.NaN)
  }
  const absolute = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text.trim())
  if (absolute === null) return null
  // A date alone would be taken as UTC by the platform, everything else without a zone as local.
  const epoch = Date.parse(absolute[1] === undefined ? `${text.trim()}T00:00` : text.trim().replace(' ', 'T'))
  return Number.isNaN(epoch) ? null : epoch
}

/** Both ends at a given present; null when one cannot be read or the range is empty or backwards. */
export function resolveRange(range: TimeRange, now: number): ResolvedRange | null {
  const from = parseInstant(range.from, now)
  const to = parseInstant(range.to, now)
  return from === null || to === null || from >= to ? null : { from, to }
}

export const isRelative = (range: TimeRange): boolean => range.from.startsWith('now') || range.to.startsWith('now')

export const absoluteRange = ({ from, to }: ResolvedRange): TimeRange => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
})

/** Twice as long around the same middle, never into the future. */
export function zoomedOut(range: TimeRange, now: number): TimeRange {
  const resolved = resolveRange(range, now)
  if (resolved === null) return range
  const half = (resolved.to - resolved.from) / 2
  return absoluteRange({ from: resolved.from - half, to: Math.min(resolved.to + half, now) })
}

/** How a range is called: its quick name, its own words, or local times with the date said once. */
export function labelOfRange(range: TimeRange): string {
  const quick = quickRanges.find((entry) => entry.range.from === range.from && entry.range.to === range.to)
  if (quick !== undefined) return quick.label
  if (isRelative(range)) return `${range.from} → ${range.to}`
  const from = formatTimestamp(Date.parse(range.from))
  const to = formatTimestamp(Date.parse(range.to))
  return `${from.slice(0, 16)} → ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11, 16) : to.slice(0, 16)}`
}
