import type { SeriesSamples } from '../store.ts'
import { aggregator } from './aggregate.ts'
import type { Aggregate, Binary, Call, Expr, MatrixSelector, Unary, VectorSelector } from './ast.ts'
import { scalarBinary, vectorScalar, vectorVector } from './binary.ts'
import { typeOf } from './check.ts'
import { absentLabels, instantFunctions } from './instant-functions.ts'
import { unsupported } from './literal.ts'
import { rangeFunctions } from './range-functions.ts'
import { dropName, type Element, unique, type Vector } from './vector.ts'

/** Prometheus' default staleness: an instant selector sees a sample for five minutes. */
export const lookbackMs = 5 * 60_000

export type EvaluationContext = {
  readonly startMs: number
  readonly endMs: number
  /** Reads the samples of a selector; called once per selector, whatever the number of steps. */
  readonly load: (selector: VectorSelector, fromMs: number, toMs: number) => readonly SeriesSamples[]
}

export type ScalarStep = (atMs: number) => number
export type VectorStep = (atMs: number) => Vector

/** Turns a scalar expression into a function of the evaluation time. Call it with ascending times. */
export function scalarStep(expr: Expr, context: EvaluationContext): ScalarStep {
  if (expr.kind === 'number') return () => expr.value
  if (expr.kind === 'unary') {
    const operand = scalarStep(expr.operand, context)
    return expr.operator === '-' ? (at) => -operand(at) : operand
  }
  if (expr.kind === 'binary') {
    const left = scalarStep(expr.left, context)
    const right = scalarStep(expr.right, context)
    return (at) => scalarBinary(expr.operator, left(at), right(at))
  }
  if (expr.kind === 'call' && expr.name === 'time') return (at) => at / 1000
  if (expr.kind === 'call' && expr.name === 'scalar') {
    const vector = vectorStep(argument(expr, 0), context)
    return (at) => {
      const elements = vector(at)
      return elements.length === 1 ? (elements[0] as Element).value : Number.NaN
    }
  }
  throw unsupported('This scalar expression', expr.at)
}

/** Turns an instant vector expression into a function of the evaluation time. Call it with ascending times. */
export function vectorStep(expr: Expr, context: EvaluationContext): VectorStep {
  switch (expr.kind) {
    case 'selector':
      return selectorStep(expr, context, (_, value) => value)
    case 'unary':
      return unaryStep(expr, context)
    case 'binary':
      return binaryStep(expr, context)
    case 'aggregate':
      return aggregateStep(expr, context)
    case 'call':
      return callStep(expr, context)
    default:
      throw unsupported('This expression', expr.at)
  }
}

function argument(expr: Call, index: number): Expr {
  const arg = expr.args[index]
  if (arg === undefined) throw unsupported(`${expr.name} without argument ${index + 1}`, expr.at)
  return arg
}

/** Each series' latest sample in [at - lookback, at], moved by the offset. */
function selectorStep(
  expr: VectorSelector,
  context: EvaluationContext,
  read: (atMs: number, value: number) => number,
): VectorStep {
  const { startMs, endMs } = context
  const cursors = context
    .load(expr, startMs - expr.offsetMs - lookbackMs, endMs - expr.offsetMs)
    .map((series) => ({ series, next: 0 }))
  return (atMs) => {
    const reference = atMs - expr.offsetMs
    const result: Element[] = []
    for (const cursor of cursors) {
      const { at, values, labels } = cursor.series
      while (cursor.next < at.length && (at[cursor.next] as number) <= reference) cursor.next++
      const seen = at[cursor.next - 1]
      if (seen === undefined || seen < reference - lookbackMs) continue
      result.push({ labels, value: read(seen, values[cursor.next - 1] as number) })
    }
    return result
  }
}

function unaryStep(expr: Unary, context: EvaluationContext): VectorStep {
  const operand = vectorStep(expr.operand, context)
  if (expr.operator === '+') return operand
  return (at) => unique(operand(at).map(({ labels, value }) => ({ labels: dropName(labels), value: -value })))
}

function binaryStep(expr: Binary, context: EvaluationContext): VectorStep {
  if (typeOf(expr.left) === 'scalar') {
    const left = scalarStep(expr.left, context)
    const right = vectorStep(expr.right, context)
    return (at) => unique(vectorScalar(expr, right(at), left(at), true))
  }
  const left = vectorStep(expr.left, context)
  if (typeOf(expr.right) === 'scalar') {
    const right = scalarStep(expr.right, context)
    return (at) => unique(vectorScalar(expr, left(at), right(at), false))
  }
  const right = vectorStep(expr.right, context)
  const join = vectorVector(expr)
  return (at) => unique(join(left(at), right(at)))
}

function aggregateStep(expr: Aggregate, context: EvaluationContext): VectorStep {
  const aggregate = aggregator(expr)
  const operand = vectorStep(expr.operand, context)
  const parameter = expr.parameter === null ? () => 0 : scalarStep(expr.parameter, context)
  return (at) => aggregate(operand(at), parameter(at))
}

function callStep(expr: Call, context: EvaluationContext): VectorStep {
  const first = argument(expr, 0)
  if (first.kind === 'matrix') return rangeCallStep(expr, first, context)
  if (expr.name === 'vector') {
    const scalar = scalarStep(first, context)
    const labels = {}
    return (at) => [{ labels, value: scalar(at) }]
  }
  if (expr.name === 'timestamp' && first.kind === 'selector') return timestampStep(first, context)
  const vector = vectorStep(first, context)
  if (expr.name === 'timestamp')
    return (at) => unique(vector(at).map(({ labels }) => ({ labels: dropName(labels), value: at / 1000 })))
  if (expr.name === 'absent') {
    const labels = absentLabels(first)
    return (at) => (vector(at).length === 0 ? [{ labels, value: 1 }] : [])
  }
  return mappedStep(expr, vector, context)
}

function timestampStep(selector: VectorSelector, context: EvaluationContext): VectorStep {
  const times = selectorStep(selector, context, (atMs) => atMs / 1000)
  return (at) => unique(times(at).map(({ labels, value }) => ({ labels: dropName(labels), value })))
}

function mappedStep(expr: Call, vector: VectorStep, context: EvaluationContext): VectorStep {
  const map = instantFunctions.get(expr.name)
  if (map === undefined) throw unsupported(`The function ${expr.name}`, expr.at)
  const scalars = expr.args.slice(1).map((arg) => scalarStep(arg, context))
  return (at) => {
    const a = scalars[0]?.(at) ?? 1
    const b = scalars[1]?.(at) ?? 0
    if (expr.name === 'clamp' && b < a) return []
    return unique(vector(at).map(({ labels, value }) => ({ labels: dropName(labels), value: map(value, a, b) })))
  }
}

/** A function over the samples in the closed range [at - offset - range, at - offset] (Prometheus 2; 3 opens its left). */
function rangeCallStep(expr: Call, matrix: MatrixSelector, context: EvaluationContext): VectorStep {
  const compute = rangeFunctions.get(expr.name)
  if (compute === undefined) throw unsupported(`The function ${expr.name}`, expr.at)
  const { selector, rangeMs } = matrix
  const scalar = expr.args[1]
  const parameter = scalar === undefined ? () => 0 : scalarStep(scalar, context)
  const keepsName = expr.name === 'last_over_time'
  const cursors = context
    .load(selector, context.startMs - selector.offsetMs - rangeMs, context.endMs - selector.offsetMs)
    .map(({ labels, at, values }) => ({ labels: keepsName ? labels : dropName(labels), at, values, first: 0, end: 0 }))
  return (evalMs) => {
    const endMs = evalMs - selector.offsetMs
    const startMs = endMs - rangeMs
    const range = { evalMs, startMs, endMs, rangeMs, parameter: parameter(evalMs) }
    const result: Element[] = []
    for (const cursor of cursors) {
      while (cursor.end < cursor.at.length && (cursor.at[cursor.end] as number) <= endMs) cursor.end++
      while (cursor.first < cursor.end && (cursor.at[cursor.first] as number) < startMs) cursor.first++
      if (cursor.first === cursor.end) continue
      const value = compute(cursor, range)
      if (value !== null) result.push({ labels: cursor.labels, value })
    }
    return unique(result)
  }
}
