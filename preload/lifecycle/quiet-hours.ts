/** Local times as `22:00`; the end may be on the next day. */
export type QuietHours = { readonly from: string; readonly to: string }

const minutes = (time: string): number => {
  const [hour = '0', minute = '0'] = time.split(':')
  return Number(hour) * 60 + Number(minute)
}

/** Whether a moment falls into the quiet hours. The end itself is not quiet any more. */
export function isQuiet(quiet: QuietHours | null, at: Date): boolean {
  if (!quiet) return false
  const now = at.getHours() * 60 + at.getMinutes()
  const [from, to] = [minutes(quiet.from), minutes(quiet.to)]
  return from <= to ? now >= from && now < to : now >= from || now < to
}

type Critical = { readonly name: string; readonly summary: string; readonly environment: string }

/** One notification for what just began, so that an outage of hundreds of alerts is not hundreds of notifications. */
export function notificationOf(alerts: readonly Critical[]): { title: string; body: string } | null {
  const [first] = alerts
  if (!first) return null
  if (alerts.length === 1) return { title: `${first.name} in ${first.environment}`, body: first.summary }
  const names = [...new Set(alerts.map((alert) => alert.name))]
  const shown = names.slice(0, 3).join(', ')
  return { title: `${alerts.length} new critical alerts`, body: names.length > 3 ? `${shown} and others` : shown }
}
