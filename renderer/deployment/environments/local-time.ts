/** What a `datetime-local` input with seconds shows for an instant: the time of this machine. */
export function localTimeOf(instant: string | null): string {
  if (instant === null) return ''
  const date = new Date(instant)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** The instant such an input means, in UTC; null for an empty one. */
export const instantOf = (local: string): string | null => (local === '' ? null : new Date(local).toISOString())
