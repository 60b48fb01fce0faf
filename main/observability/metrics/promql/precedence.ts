import type { BinaryOperator, Expr, VectorMatching } from './ast.ts'
import { invalid } from './literal.ts'

/**
 * What stands beside each other in an expression, in source order. The Lezer grammar gives offset and range no precedence
 * (`a and b offset 5m` comes out as `(a and b) offset 5m`), so the order of evaluation is decided here.
 */
export type Item =
  /** `bare` is false within parentheses, which Prometheus lets no offset or range follow. */
  | { readonly kind: 'operand'; readonly expr: Expr; readonly bare: boolean }
  | { readonly kind: 'sign'; readonly operator: '+' | '-'; readonly at: number }
  | { readonly kind: 'offset'; readonly offsetMs: number; readonly at: number }
  | { readonly kind: 'range'; readonly rangeMs: number; readonly at: number }
  | {
      readonly kind: 'operator'
      readonly operator: BinaryOperator
      readonly bool: boolean
      readonly matching: VectorMatching | null
      readonly at: number
    }

const levels: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
}
/** A sign binds like a multiplication: -a ^ 2 is -(a ^ 2). */
const signLevel = 5

/** Builds the expression by precedence climbing (https://prometheus.io/docs/prometheus/2.42/querying/operators/). */
export function arrange(items: readonly Item[]): Expr {
  let next = 0

  const primary = (): Expr => {
    const item = items[next++]
    if (item?.kind === 'sign') return signed(item.operator, climb(signLevel + 1), item.at)
    if (item?.kind !== 'operand') throw invalid('An operand is missing.', item?.at ?? 0)
    return withModifiers(item)
  }

  const withModifiers = (operand: Item & { kind: 'operand' }): Expr => {
    let { expr } = operand
    let moved = false
    for (let item = items[next]; item?.kind === 'offset' || item?.kind === 'range'; item = items[++next]) {
      if (!operand.bare) throw invalid('An offset or a range must directly follow a selector.', item.at)
      if (moved) throw invalid('The offset must be given once, and after the range.', item.at)
      moved = item.kind === 'offset'
      expr = item.kind === 'offset' ? shifted(expr, item.offsetMs, item.at) : ranged(expr, item.rangeMs, item.at)
    }
    return expr
  }

  const climb = (least: number): Expr => {
    let left = primary()
    for (let item = items[next]; item?.kind === 'operator'; item = items[next]) {
      const { operator, bool, matching, at } = item
      const level = levels[operator]
      if (level < least) break
      next++
      const right = climb(operator === '^' ? level : level + 1)
      left = { kind: 'binary', operator, left, right, bool, matching, at }
    }
    return left
  }

  return climb(0)
}

function signed(operator: '+' | '-', operand: Expr, at: number): Expr {
  if (operand.kind === 'number') return { ...operand, value: operator === '-' ? -operand.value : operand.value }
  return { kind: 'unary', operator, operand, at }
}

function shifted(expr: Expr, offsetMs: number, at: number): Expr {
  if (expr.kind === 'selector') return { ...expr, offsetMs }
  if (expr.kind === 'matrix') return { ...expr, selector: { ...expr.selector, offsetMs } }
  throw invalid('An offset must follow a selector.', at)
}

function ranged(expr: Expr, rangeMs: number, at: number): Expr {
  if (expr.kind !== 'selector') throw invalid('A range must follow a selector.', at)
  return { kind: 'matrix', selector: expr, rangeMs, at: expr.at }
}
