/** What a `datetime-local` input shows for an instant: the time of this machine, to the minute. */
export function localInputOf(ms: number): string {
  const date = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}

/** The instant that such an input means, in UTC. */
export const toInstant = (local: string): string => new Date(local).toISOString()
