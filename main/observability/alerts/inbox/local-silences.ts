import { compileMatchers, type LabelTest } from '#main/engines/prometheus/label-matchers.ts'
import type { Matcher } from '#preload/observability/matchers.ts'
import type { ObservedAlert } from '../engine.ts'

/** A silence of this workspace. Times are milliseconds. */
export type SilenceSpec = {
  readonly id: string
  readonly matches: LabelTest
  readonly startsAt: number
  readonly endsAt: number
}

export const silenceSpec = (silence: {
  readonly id: string
  readonly matchers: readonly Matcher[]
  readonly startsAt: number
  readonly endsAt: number
}): SilenceSpec => ({
  id: silence.id,
  matches: compileMatchers(silence.matchers),
  startsAt: silence.startsAt,
  endsAt: silence.endsAt,
})

/** The alert's state under the silences of this workspace; null when none covers it. */
export function silencedLocally(
  silences: readonly SilenceSpec[],
  alert: ObservedAlert,
  now: number,
): Pick<ObservedAlert, 'state' | 'silencedBy'> | null {
  const covering = silences.filter(
    (silence) => silence.startsAt <= now && now < silence.endsAt && silence.matches(alert.labels),
  )
  if (covering.length === 0) return null
  return { state: 'silenced', silencedBy: covering.map((silence) => silence.id) }
}
