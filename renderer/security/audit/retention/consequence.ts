/** What keeping content for so many days means at a moment. Null keeps it for ever. */
export type KeepDays = number | null

const day = 86_400_000

/** Content of entries before this instant is removed; null while everything is kept. */
export const horizonOf = (keepDays: KeepDays, now: number): string | null =>
  keepDays === null ? null : new Date(now - keepDays * day).toISOString()

/** Whether a change lets go of content that is kept now: it cannot be undone then. */
export const keepsLess = (before: KeepDays, after: KeepDays): boolean =>
  after !== null && (before === null || after < before)

const [least, most] = [30, 36_500]

/** Days as typed; a sentence where they cannot be. */
export function readDays(text: string): number | string {
  const days = Number(text.trim())
  if (text.trim() === '' || !Number.isInteger(days)) return 'Write a whole number of days.'
  if (days < least) return `Content is kept for at least ${least} days.`
  return days > most ? `Content is kept for at most ${most} days; or for ever.` : days
}
