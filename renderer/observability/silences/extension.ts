/** Seconds by which silences are commonly extended. */
export const extensions = [3_600, 14_400, 28_800, 86_400, 259_200] as const

/** The end after an extension: counted from the present end, never from one that has passed. */
export const extendedEnd = (endsAt: string, seconds: number, now: number): string =>
  new Date(Math.max(Date.parse(endsAt), now) + seconds * 1000).toISOString()
