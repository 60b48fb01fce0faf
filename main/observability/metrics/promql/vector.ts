import { AppError } from '#preload/contract/error.ts'
import { type Labels, labelsKey, metricName } from '../sample.ts'

export type Element = { readonly labels: Labels; readonly value: number }
export type Vector = readonly Element[]

/**
 * Label sets of one node of the expression, computed once: every step of a range sees the same label objects again, so a
 * mapping keyed by the object costs one look-up instead of building and sorting labels.
 */
export function memoise<Result>(compute: (labels: Labels) => Result): (labels: Labels) => Result {
  const known = new WeakMap<Labels, Result>()
  return (labels) => {
    const found = known.get(labels)
    if (found !== undefined) return found
    const result = compute(labels)
    known.set(labels, result)
    return result
  }
}

/** The identity of a label set as a text. */
export const keyOf: (labels: Labels) => string = memoise(labelsKey)

export const dropName: (labels: Labels) => Labels = memoise((labels) => {
  if (labels[metricName] === undefined) return labels
  const { [metricName]: _, ...rest } = labels
  return rest
})

export function onlyLabels(labels: Labels, names: readonly string[]): Labels {
  const kept: Record<string, string> = {}
  for (const name of names) {
    const value = labels[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

export function withoutLabels(labels: Labels, names: readonly string[]): Labels {
  const kept: Record<string, string> = { ...labels }
  for (const name of names) delete kept[name]
  return kept
}

/** Refuses two elements with equal labels, as Prometheus does after names were dropped. */
export function unique(vector: Vector): Vector {
  if (vector.length < 2) return vector
  const seen = new Set<string>()
  for (const { labels } of vector) {
    const key = keyOf(labels)
    if (seen.has(key)) throw new AppError('invalid', 'The result contains two series with the same labels.')
    seen.add(key)
  }
  return vector
}
