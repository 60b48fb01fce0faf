import type { Me } from '#preload/security/access.ts'

/** The next instant after `now` (epoch milliseconds) at which a session changes by itself; null when it never does. */
export function nextChange(
  { locksAt, endsAt, elevatedUntil }: Pick<Me, 'locksAt' | 'endsAt' | 'elevatedUntil'>,
  now: number,
): string | null {
  const ahead = [locksAt, endsAt, elevatedUntil].filter((at): at is string => at !== null && Date.parse(at) > now)
  return ahead.toSorted((left, right) => Date.parse(left) - Date.parse(right))[0] ?? null
}
