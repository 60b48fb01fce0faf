import type { Completion } from '#renderer/ui/matcher/completion.ts'

/** Functions and aggregations of the embedded engine that people write most. */
const functions = [
  'rate',
  'irate',
  'increase',
  'delta',
  'deriv',
  'predict_linear',
  'avg_over_time',
  'max_over_time',
  'min_over_time',
  'sum',
  'avg',
  'max',
  'min',
  'count',
  'topk',
  'bottomk',
  'quantile',
  'abs',
  'clamp_max',
  'clamp_min',
  'histogram_quantile',
] as const

const most = 12

/** Metric names and functions for the word before the caret; nothing inside of quotes or braces. */
export function completePromql(text: string, caret: number, names: readonly string[]): readonly Completion[] {
  const before = text.slice(0, caret)
  const word = /[A-Za-z_:][\w:]*$/.exec(before)?.[0] ?? ''
  const outside = before.slice(0, before.length - word.length)
  const quoted = (outside.match(/"/g)?.length ?? 0) % 2 === 1
  const inBraces = outside.lastIndexOf('{') > outside.lastIndexOf('}')
  if (word === '' || quoted || inBraces) return []
  const lower = word.toLowerCase()
  const rank = (name: string): number => (name.startsWith(lower) ? 0 : 1)
  const fits = (name: string): boolean => name.toLowerCase().includes(lower) && name !== word
  const from = caret - word.length
  return [
    ...names.filter(fits).map((name) => ({ label: name, insert: name, from, detail: 'metric' })),
    ...functions.filter(fits).map((name) => ({ label: name, insert: `${name}(`, from, detail: 'function' })),
  ]
    .sort((left, right) => rank(left.label) - rank(right.label))
    .slice(0, most)
}
