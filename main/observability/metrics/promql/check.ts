import {
  type Aggregate,
  type Binary,
  type Call,
  type Expr,
  isComparison,
  isSetOperator,
  type ValueType,
} from './ast.ts'
import { signatures } from './functions.ts'
import { invalid, unsupported } from './literal.ts'

/** The type of a checked expression. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar'
    case 'string':
      return 'string'
    case 'selector':
    case 'aggregate':
      return 'vector'
    case 'matrix':
      return 'matrix'
    case 'unary':
      return typeOf(expr.operand)
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector'
    case 'call':
      return signatures.get(expr.name)?.returns ?? 'vector'
  }
}

/** Checks types as Prometheus does while parsing (promql/parser/parse.go, checkAST); throws AppError. */
export function checkTypes(expr: Expr): void {
  switch (expr.kind) {
    case 'unary':
      checkTypes(expr.operand)
      if (!isOperand(expr.operand)) throw invalid('A sign needs a scalar or an instant vector.', expr.at)
      return
    case 'binary':
      checkBinary(expr)
      return
    case 'aggregate':
      checkAggregate(expr)
      return
    case 'call':
      checkCall(expr)
      return
    default:
      return
  }
}

const isOperand = (expr: Expr): boolean => typeOf(expr) === 'scalar' || typeOf(expr) === 'vector'

function checkBinary(expr: Binary): void {
  checkTypes(expr.left)
  checkTypes(expr.right)
  const { operator, matching } = expr
  if (!isOperand(expr.left) || !isOperand(expr.right))
    throw invalid(`${operator} needs scalars or instant vectors on both sides.`, expr.at)
  const scalars = [expr.left, expr.right].filter((each) => typeOf(each) === 'scalar').length
  if (expr.bool && !isComparison(operator)) throw invalid('bool can only follow a comparison.', expr.at)
  if (scalars === 2 && isComparison(operator) && !expr.bool)
    throw invalid('A comparison between scalars must use bool.', expr.at)
  if (scalars > 0 && isSetOperator(operator)) throw invalid(`${operator} needs instant vectors on both sides.`, expr.at)
  if (matching === null) return
  if (scalars > 0) throw invalid('on and ignoring are only allowed between instant vectors.', expr.at)
  if (matching.cardinality !== 'one-to-one' && isSetOperator(operator))
    throw invalid(`${operator} allows no grouping.`, expr.at)
  const twice = matching.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined
  if (twice !== undefined) throw invalid(`The label ${twice} must not be both matched on and grouped.`, expr.at)
}

function checkAggregate(expr: Aggregate): void {
  checkTypes(expr.operand)
  if (typeOf(expr.operand) !== 'vector') throw invalid(`${expr.operator} needs an instant vector.`, expr.at)
  if (expr.parameter === null) return
  checkTypes(expr.parameter)
  if (typeOf(expr.parameter) !== 'scalar') throw invalid(`${expr.operator} needs a number first.`, expr.at)
}

function checkCall(expr: Call): void {
  const signature = signatures.get(expr.name)
  if (signature === undefined) throw unsupported(`The function ${expr.name}`, expr.at)
  const least = signature.args.length - (signature.optional ?? 0)
  if (expr.args.length < least || expr.args.length > signature.args.length)
    throw invalid(`${expr.name} takes ${arity(least, signature.args.length)}, not ${expr.args.length}.`, expr.at)
  expr.args.forEach((arg, index) => {
    checkTypes(arg)
    const expected = signature.args[index]
    if (typeOf(arg) !== expected)
      throw invalid(`${expr.name} needs ${described(expected)} as argument ${index + 1}.`, arg.at)
  })
}

const arity = (least: number, most: number): string =>
  least === most ? `${most} argument${most === 1 ? '' : 's'}` : `${least} to ${most} arguments`

function described(type: ValueType | undefined): string {
  if (type === 'matrix') return 'a range vector, such as metric[5m],'
  return type === 'vector' ? 'an instant vector' : `a ${type}`
}
