import { type Labels, metricName } from '../sample.ts'
import type { Expr } from './ast.ts'

/** Value by value functions of an instant vector; `a` and `b` are their scalar arguments. NaN stays NaN. */
export const instantFunctions: ReadonlyMap<string, (value: number, a: number, b: number) => number> = new Map<
  string,
  (value: number, a: number, b: number) => number
>([
  ['abs', Math.abs],
  ['ceil', Math.ceil],
  ['floor', Math.floor],
  ['sqrt', Math.sqrt],
  ['exp', Math.exp],
  ['ln', Math.log],
  ['log2', Math.log2],
  ['log10', Math.log10],
  ['sgn', Math.sign],
  ['round', round],
  ['clamp', (value, least, most) => Math.max(least, Math.min(most, value))],
  ['clamp_min', (value, least) => Math.max(least, value)],
  ['clamp_max', (value, most) => Math.min(most, value)],
])

/** To the nearest multiple of `to`, ties upwards. Prometheus multiplies by the inverse to avoid rounding errors. */
function round(value: number, to: number): number {
  const inverse = 1 / to
  return Math.floor(value * inverse + 0.5) / inverse
}

/** The labels that absent() can know: those its selector demands with "=", once. */
export function absentLabels(expr: Expr): Labels {
  if (expr.kind !== 'selector') return {}
  const labels: Record<string, string> = {}
  const seen = new Set<string>()
  for (const { name, operator, value } of expr.matchers) {
    if (name === metricName) continue
    if (operator === '=' && !seen.has(name) && value !== '') labels[name] = value
    else delete labels[name]
    seen.add(name)
  }
  return labels
}
