import { parser } from '@prometheus-io/lezer-promql'

export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<='

/** `left op threshold`, as in most alerting rules: what is watched, and the line it must not cross. */
export type Threshold = { readonly left: string; readonly op: ComparisonOperator; readonly threshold: number }

/** A number as PromQL writes it; a duration such as `5m` is left alone. */
const numeral = /^[-+]?(0x[\da-f]+|inf|(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)$/i

const operators: Readonly<Record<string, { readonly op: ComparisonOperator; readonly mirrored: ComparisonOperator }>> =
  {
    Eql: { op: '==', mirrored: '==' },
    Neq: { op: '!=', mirrored: '!=' },
    Gtr: { op: '>', mirrored: '<' },
    Lss: { op: '<', mirrored: '>' },
    Gte: { op: '>=', mirrored: '<=' },
    Lte: { op: '<=', mirrored: '>=' },
  }

type Node = ReturnType<typeof parser.parse>['topNode']

/**
 * Splits a PromQL expression whose outermost operation compares with a number; `0 < up` is turned round. Null for
 * everything else — `and`, `or`, `bool`, a comparison of two expressions, a syntax error — rather than a guess.
 */
export function splitThreshold(expression: string): Threshold | null {
  const { topNode } = parser.parse(expression)
  const comparison = isBroken(topNode) ? null : unwrapped(operands(topNode)[0])
  if (comparison?.name !== 'BinaryExpr') return null
  const [left, operator, right, ...rest] = operands(comparison)
  const known = operator === undefined ? undefined : operators[operator.name]
  if (left === undefined || right === undefined || known === undefined || rest.length > 0) return null
  const [onLeft, onRight] = [numberOf(left, expression), numberOf(right, expression)]
  const text = (node: Node) => expression.slice(node.from, node.to)
  if (onLeft === null && onRight !== null) return { left: text(left), op: known.op, threshold: onRight }
  if (onLeft !== null && onRight === null) return { left: text(right), op: known.mirrored, threshold: onLeft }
  return null
}

/** The grammar lets a suffix such as `offset 5m` take a whole operation as its operand, which Prometheus does not. */
const suffixed: ReadonlySet<string> = new Set(['OffsetExpr', 'MatrixSelector', 'SubqueryExpr', 'StepInvariantExpr'])

/** Whether the tree has an error, or reads an operation in another order than Prometheus does. */
function isBroken(node: Node): boolean {
  let broken = false
  node.cursor().iterate((part) => {
    if (part.type.isError || (suffixed.has(part.name) && part.node.firstChild?.name === 'BinaryExpr')) broken = true
  })
  return broken
}

/** The parts of a node, comments left out. */
function operands(node: Node): readonly Node[] {
  const parts: Node[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'LineComment') parts.push(child)
  return parts
}

function unwrapped(node: Node | undefined): Node | undefined {
  return node?.name === 'ParenExpr' ? unwrapped(operands(node)[0]) : node
}

function numberOf(node: Node, expression: string): number | null {
  const inner = unwrapped(node)
  if (inner?.name === 'NumberDurationLiteral') return literalOf(expression.slice(inner.from, inner.to))
  if (inner?.name !== 'UnaryExpr') return null
  const [sign, operand] = operands(inner)
  const value = operand === undefined ? null : numberOf(operand, expression)
  if (sign === undefined || value === null) return null
  return expression.slice(sign.from, sign.to) === '-' ? -value : value
}

function literalOf(text: string): number | null {
  const compact = text.replace(/\s/g, '')
  if (!numeral.test(compact)) return null
  const negative = compact.startsWith('-')
  const digits = compact.replace(/^[-+]/, '')
  const value = /^inf$/i.test(digits) ? Infinity : Number(digits)
  return negative ? -value : value
}

/** The expression in a link to Prometheus' own graph (`…/graph?g0.expr=…`), or null if the link holds none. */
export function expressionOfGeneratorUrl(url: string): string | null {
  const expression = URL.parse(url)?.searchParams.get('g0.expr') ?? ''
  return expression.trim() === '' ? null : expression
}
