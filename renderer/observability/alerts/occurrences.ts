import type { AlertPeriod, AlertState } from '#preload/observability/alerts.ts'

/** A stretch in which an alert was open without a gap. `to` is null while it lasts. Instants are ISO strings. */
export type Occurrence = {
  readonly from: string
  readonly to: string | null
  /** In the order they came first. */
  readonly states: readonly AlertState[]
}

/** Joins periods that touch into occurrences, the newest first. */
export function occurrencesOf(periods: readonly AlertPeriod[]): readonly Occurrence[] {
  const found: Occurrence[] = []
  for (const { state, from, to } of periods) {
    const last = found.at(-1)
    if (last?.to === from)
      found[found.length - 1] = { from: last.from, to, states: [...new Set([...last.states, state])] }
    else found.push({ from, to, states: [state] })
  }
  return found.reverse()
}

/** A period on a strip of time: where it begins and how long it is, both from 0 to 1. */
export type Stretch = { readonly state: AlertState; readonly at: number; readonly length: number }

/** Periods on a strip from one moment to another (epoch milliseconds), cut at its ends. */
export function stretchesOf(periods: readonly AlertPeriod[], from: number, to: number): readonly Stretch[] {
  const share = (moment: number) => Math.min(1, Math.max(0, (moment - from) / (to - from)))
  return periods.flatMap(({ state, from: begin, to: end }) => {
    const at = share(Date.parse(begin))
    const length = share(end === null ? to : Date.parse(end)) - at
    return length > 0 ? [{ state, at, length }] : []
  })
}
