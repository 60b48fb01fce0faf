import { AppError } from '#preload/contract/error.ts'
import { type Labels, metricName } from '../sample.ts'
import {
  type ArithmeticOperator,
  type Binary,
  type BinaryOperator,
  type ComparisonOperator,
  isComparison,
  isSetOperator,
  type VectorMatching,
} from './ast.ts'
import { dropName, type Element, keyOf, memoise, onlyLabels, type Vector, withoutLabels } from './vector.ts'

export function arithmetic(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
    case '^':
      return power(left, right)
  }
}

/** IEEE 754 pow, as in Go: 1 to any power and -1 to an infinite one are 1, where JavaScript says NaN. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && (exponent === Infinity || exponent === -Infinity))) return 1
  return base ** exponent
}

export function compare(operator: ComparisonOperator, left: number, right: number): boolean {
  switch (operator) {
    case '==':
      return left === right
    case '!=':
      return left !== right
    case '>':
      return left > right
    case '<':
      return left < right
    case '>=':
      return left >= right
    case '<=':
      return left <= right
  }
}

export function scalarBinary(operator: BinaryOperator, left: number, right: number): number {
  if (isComparison(operator)) return compare(operator, left, right) ? 1 : 0
  return isSetOperator(operator) ? Number.NaN : arithmetic(operator, left, right)
}

/** A vector with a scalar on one side; a filtering comparison keeps the value of the vector. */
export function vectorScalar(expr: Binary, vector: Vector, scalar: number, scalarIsLeft: boolean): Vector {
  const { operator, bool } = expr
  const result: Element[] = []
  for (const { labels, value } of vector) {
    const [left, right] = scalarIsLeft ? [scalar, value] : [value, scalar]
    if (!isComparison(operator)) result.push({ labels: dropName(labels), value: scalarBinary(operator, left, right) })
    else if (bool) result.push({ labels: dropName(labels), value: compare(operator, left, right) ? 1 : 0 })
    else if (compare(operator, left, right)) result.push({ labels, value })
  }
  return result
}

const noMatching: VectorMatching = { on: false, labels: [], cardinality: 'one-to-one', include: [] }

/** Returns a function that joins two vectors as Prometheus 2.42 does (promql/engine.go, VectorBinop and VectorAnd …). */
export function vectorVector(expr: Binary): (left: Vector, right: Vector) => Vector {
  const matching = expr.matching ?? noMatching
  const signature = memoise((labels) =>
    keyOf(matching.on ? onlyLabels(labels, matching.labels) : withoutLabels(labels, [...matching.labels, metricName])),
  )
  const { operator } = expr
  if (operator === 'and') return (left, right) => having(left, signature, signatures(right, signature), true)
  if (operator === 'unless') return (left, right) => having(left, signature, signatures(right, signature), false)
  if (operator === 'or')
    return (left, right) => [...left, ...having(right, signature, signatures(left, signature), false)]
  return joiner(expr, matching, signature)
}

type Signature = (labels: Labels) => string

const signatures = (vector: Vector, signature: Signature): ReadonlySet<string> =>
  new Set(vector.map((element) => signature(element.labels)))

const having = (vector: Vector, signature: Signature, set: ReadonlySet<string>, wanted: boolean): Vector =>
  vector.filter((element) => set.has(signature(element.labels)) === wanted)

function joiner(expr: Binary, matching: VectorMatching, signature: Signature) {
  const swapped = matching.cardinality === 'one-to-many'
  const resultLabels = joinedLabels(expr, matching)
  return (left: Vector, right: Vector): Vector => {
    if (left.length === 0 || right.length === 0) return []
    const [many, one] = swapped ? [right, left] : [left, right]
    const ones = indexed(one, signature, swapped ? 'left' : 'right')
    const taken = new Set<string>()
    const result: Element[] = []
    for (const element of many) {
      const key = signature(element.labels)
      const other = ones.get(key)
      if (other === undefined) continue
      const [a, b] = swapped ? [other.value, element.value] : [element.value, other.value]
      const value = joinedValue(expr, a, b)
      if (value === null) continue
      const labels = resultLabels(element.labels, other.labels)
      const identity = matching.cardinality === 'one-to-one' ? key : keyOf(labels)
      if (taken.has(identity)) throw ambiguous(matching)
      taken.add(identity)
      result.push({ labels, value })
    }
    return result
  }
}

function joinedValue({ operator, bool }: Binary, left: number, right: number): number | null {
  if (!isComparison(operator)) return scalarBinary(operator, left, right)
  const holds = compare(operator, left, right)
  if (bool) return holds ? 1 : 0
  return holds ? left : null
}

function indexed(vector: Vector, signature: Signature, side: string): ReadonlyMap<string, Element> {
  const found = new Map<string, Element>()
  for (const element of vector) {
    const key = signature(element.labels)
    if (found.has(key))
      throw new AppError(
        'invalid',
        `Several series on the ${side} side match the same series: ${JSON.stringify(element.labels)}.`,
        {
          hint: 'Make them unique with on() or ignoring().',
        },
      )
    found.set(key, element)
  }
  return found
}

const ambiguous = (matching: VectorMatching): AppError =>
  matching.cardinality === 'one-to-one'
    ? new AppError('invalid', 'Several series match one series of the other side.', {
        hint: 'Say so with group_left or group_right.',
      })
    : new AppError('invalid', 'The grouping labels do not make the result unique.')

/** Labels of a joined element, remembered per pair of label sets. */
function joinedLabels({ operator, bool }: Binary, matching: VectorMatching) {
  const dropsName = bool || !isComparison(operator)
  const known = new WeakMap<Labels, WeakMap<Labels, Labels>>()
  const compute = (many: Labels, one: Labels): Labels => {
    let labels = dropsName ? dropName(many) : many
    if (matching.cardinality === 'one-to-one')
      labels = matching.on ? onlyLabels(labels, matching.labels) : withoutLabels(labels, matching.labels)
    if (matching.include.length === 0) return labels
    return { ...withoutLabels(labels, matching.include), ...onlyLabels(one, matching.include) }
  }
  return (many: Labels, one: Labels): Labels => {
    const ofMany = known.get(many) ?? new WeakMap<Labels, Labels>()
    known.set(many, ofMany)
    const labels = ofMany.get(one) ?? compute(many, one)
    ofMany.set(one, labels)
    return labels
  }
}
