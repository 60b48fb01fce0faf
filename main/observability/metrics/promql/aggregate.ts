import { AppError } from '#preload/contract/error.ts'
import type { Labels } from '../sample.ts'
import { metricName } from '../sample.ts'
import type { Aggregate, AggregateOperator } from './ast.ts'
import { type Element, keyOf, memoise, onlyLabels, type Vector, withoutLabels } from './vector.ts'

type Group = { readonly labels: Labels; readonly elements: Element[] }

/** Returns a function that aggregates a vector as Prometheus 2.42 does; `parameter` is the k of topk and bottomk. */
export function aggregator(expr: Aggregate): (vector: Vector, parameter: number) => Vector {
  const { operator, grouping } = expr
  const groupLabels = memoise((labels) =>
    grouping.kind === 'by'
      ? onlyLabels(labels, grouping.labels)
      : withoutLabels(labels, [...grouping.labels, metricName]),
  )
  const ranked = operator === 'topk' || operator === 'bottomk'
  // One labels object per group for the life of the query, so that later nodes find it in their own memory.
  const stable = new Map<string, Labels>()
  const groupOf = memoise((labels) => {
    const group = groupLabels(labels)
    const key = keyOf(group)
    if (!stable.has(key)) stable.set(key, group)
    return { key, labels: stable.get(key) ?? group }
  })

  return (vector, parameter) => {
    if (ranked && !(Math.abs(parameter) < 2 ** 63))
      throw new AppError('invalid', `${operator} cannot take ${parameter} as a number of series.`)
    const groups = new Map<string, Group>()
    for (const element of vector) {
      const { key, labels } = groupOf(element.labels)
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { labels, elements: [element] })
      else group.elements.push(element)
    }
    if (ranked) return [...groups.values()].flatMap(({ elements }) => rank(operator, elements, parameter))
    return [...groups.values()].map(({ labels, elements }) => ({ labels, value: reduce(operator, elements) }))
  }
}

function reduce(operator: AggregateOperator, elements: readonly Element[]): number {
  const values = elements.map((element) => element.value)
  switch (operator) {
    case 'sum':
      return values.reduce((sum, value) => sum + value)
    case 'avg':
      return average(values)
    case 'min':
      return values.reduce((best, value) => (best > value || Number.isNaN(best) ? value : best))
    case 'max':
      return values.reduce((best, value) => (best < value || Number.isNaN(best) ? value : best))
    case 'count':
      return values.length
    default:
      return 1
  }
}

/** Running mean, which cannot overflow where a sum would. */
function average(values: readonly number[]): number {
  return values.reduce((mean, value, index) => {
    const infinite = mean === Infinity || mean === -Infinity
    if (infinite && (Number.isFinite(value) || value === mean)) return mean
    return mean + (value / (index + 1) - mean / (index + 1))
  })
}

/** The k largest or smallest, best first; NaN is worse than any number in both. */
function rank(operator: AggregateOperator, elements: readonly Element[], parameter: number): Vector {
  const k = Math.trunc(parameter)
  if (k < 1) return []
  const sign = operator === 'topk' ? 1 : -1
  const worse = (a: number, b: number): number => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    return a === b ? 0 : sign * (b > a ? 1 : -1)
  }
  return [...elements].sort((a, b) => worse(a.value, b.value)).slice(0, k)
}
