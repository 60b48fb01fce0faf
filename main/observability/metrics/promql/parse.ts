import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import { AppError } from '#preload/contract/error.ts'
import { type Matcher, type MatchOperator, matcher } from '../matcher.ts'
import { metricName } from '../sample.ts'
import type {
  Aggregate,
  AggregateOperator,
  BinaryOperator,
  Expr,
  Grouping,
  VectorMatching,
  VectorSelector,
} from './ast.ts'
import { checkTypes } from './check.ts'
import { invalid, numberOf, stringOf, unsupported } from './literal.ts'
import { arrange, type Item } from './precedence.ts'

const aggregateOperators: ReadonlySet<string> = new Set<AggregateOperator>([
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'topk',
  'bottomk',
])

/**
 * Parses PromQL (https://prometheus.io/docs/prometheus/2.42/querying/basics/) into the subset that the embedded engine
 * evaluates, types checked.
 * @throws AppError `invalid` with the character offset in `at` for what is not PromQL; `unsupported` for what is outside
 * the subset, naming the construct.
 */
export function parsePromql(source: string): Expr {
  const tree = parser.parse(source)
  const top = children(tree.topNode)[0]
  refuseSyntaxErrors(source, tree.topNode)
  if (top === undefined) throw invalid('The expression is empty.', 0)
  const expr = new Reader(source).expr(top)
  checkTypes(expr)
  return expr
}

function refuseSyntaxErrors(source: string, root: SyntaxNode): void {
  const cursor = root.cursor()
  do {
    if (!cursor.type.isError) continue
    const at = cursor.from
    if (source.trim() === '') throw invalid('The expression is empty.', 0)
    const called = /([A-Za-z_]\w*)\s*$/.exec(source.slice(0, at))?.[1]
    if (called !== undefined && source[at] === '(') throw invalid(`There is no PromQL function "${called}".`, at)
    const found = source.slice(at).trim().split(/\s/)[0] ?? ''
    throw invalid(found === '' ? 'The expression ends unexpectedly.' : `Unexpected "${found}" at character ${at}.`, at)
  } while (cursor.next())
}

/** Turns syntax nodes, whose names are those of the Lezer grammar, into expressions. */
class Reader {
  private readonly source: string

  constructor(source: string) {
    this.source = source
  }

  expr(node: SyntaxNode): Expr {
    return arrange(this.items(node))
  }

  private items(node: SyntaxNode): readonly Item[] {
    switch (node.name) {
      case 'BinaryExpr':
        return this.binary(node)
      case 'UnaryExpr':
        return [this.sign(this.child(node, 'UnaryOp')), ...this.items(this.child(node, null))]
      case 'NumberDurationLiteral':
        return this.number(node)
      case 'OffsetExpr':
        return [...this.items(this.child(node)), this.offset(node)]
      case 'MatrixSelector':
        return [...this.items(this.child(node)), this.range(node)]
      case 'ParenExpr':
        return [{ kind: 'operand', expr: this.expr(this.child(node)), bare: false }]
      default:
        return [{ kind: 'operand', expr: this.operand(node), bare: true }]
    }
  }

  private operand(node: SyntaxNode): Expr {
    switch (node.name) {
      case 'StringLiteral':
        return { kind: 'string', value: stringOf(this.text(node), node.from), at: node.from }
      case 'VectorSelector':
        return this.selector(node)
      case 'AggregateExpr':
        return this.aggregate(node)
      case 'FunctionCall':
        return this.call(node)
      case 'SubqueryExpr':
        throw unsupported('A subquery', node.from)
      case 'StepInvariantExpr':
        throw unsupported('The @ modifier', node.from)
      default:
        throw unsupported(node.name, node.from)
    }
  }

  private sign(node: SyntaxNode): Item {
    return { kind: 'sign', operator: this.text(node) as '+' | '-', at: node.from }
  }

  /** The grammar folds a sign into a number, but a power binds tighter: -1 ^ 2 is -(1 ^ 2). */
  private number(node: SyntaxNode): readonly Item[] {
    const text = this.text(node)
    const sign = /^[-+]/.exec(text)?.[0] as '+' | '-' | undefined
    const value = numberOf(sign === undefined ? text : text.slice(1), node.from)
    const operand: Item = { kind: 'operand', expr: { kind: 'number', value, at: node.from }, bare: true }
    return sign === undefined ? [operand] : [{ kind: 'sign', operator: sign, at: node.from }, operand]
  }

  private selector(node: SyntaxNode): VectorSelector {
    const matchers: Matcher[] = []
    const name = node.getChild('Identifier')
    if (name !== null) matchers.push(matcher(metricName, '=', this.text(name)))
    const list = node.getChild('LabelMatchers')
    for (const each of list === null ? [] : children(list)) matchers.push(this.matcher(each))
    if (name !== null && matchers.filter((each) => each.name === metricName).length > 1)
      throw invalid('The metric name is given twice.', node.from)
    if (matchers.every((each) => each.matches('')))
      throw invalid('A selector needs at least one matcher that does not match the empty string.', node.from)
    return { kind: 'selector', matchers, offsetMs: 0, at: node.from }
  }

  private matcher(node: SyntaxNode): Matcher {
    if (node.name !== 'UnquotedLabelMatcher') throw unsupported('A quoted label name', node.from)
    const operator = this.text(this.child(node, 'MatchOp')) as MatchOperator
    const value = this.child(node, 'StringLiteral')
    try {
      return matcher(this.text(this.child(node, 'LabelName')), operator, stringOf(this.text(value), value.from))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      throw new AppError(error.code, error.message, { at: String(value.from), cause: error })
    }
  }

  private range(node: SyntaxNode): Item {
    const rangeMs = this.duration(this.child(node, 'DurationExpr'))
    if (rangeMs <= 0) throw invalid('A range must be greater than zero.', node.from)
    return { kind: 'range', rangeMs, at: node.from }
  }

  private offset(node: SyntaxNode): Item {
    return { kind: 'offset', offsetMs: this.duration(this.child(node, 'OffsetDurationExpr')), at: node.from }
  }

  private duration(node: SyntaxNode): number {
    const text = this.text(node).trim()
    if (!/^[-+]?[\w.]+$/.test(text)) throw unsupported('Arithmetic in a duration', node.from)
    return Math.round(numberOf(text, node.from) * 1000)
  }

  private binary(node: SyntaxNode): readonly Item[] {
    const [left, sign] = children(node)
    if (left === undefined || sign === undefined) throw invalid('An operand is missing.', node.from)
    if (node.getChild('FillModifier') !== null) throw unsupported('fill()', node.from)
    const operator = this.text(sign).toLowerCase()
    if (operator === '</' || operator === '>/' || operator === 'atan2')
      throw unsupported(`The operator ${operator}`, sign.from)
    const item: Item = {
      kind: 'operator',
      operator: operator as BinaryOperator,
      bool: node.getChild('BoolModifier') !== null,
      matching: this.matching(node.getChild('MatchingModifierClause')),
      at: sign.from,
    }
    return [...this.items(left), item, ...this.items(this.child(node, null))]
  }

  private matching(node: SyntaxNode | null): VectorMatching | null {
    if (node === null) return null
    const [labels, include] = node.getChildren('GroupingLabels')
    const left = node.getChild('GroupLeft') !== null
    const right = node.getChild('GroupRight') !== null
    return {
      on: node.getChild('On') !== null,
      labels: this.labels(labels),
      cardinality: left ? 'many-to-one' : right ? 'one-to-many' : 'one-to-one',
      include: this.labels(include),
    }
  }

  private aggregate(node: SyntaxNode): Aggregate {
    const operatorNode = this.child(node, 'AggregateOp')
    const operator = this.text(operatorNode).toLowerCase()
    if (!aggregateOperators.has(operator)) throw unsupported(`The aggregation ${operator}`, operatorNode.from)
    const modifier = node.getChild('AggregateModifier')
    const grouping: Grouping = {
      kind: modifier?.getChild('Without') ? 'without' : 'by',
      labels: this.labels(modifier?.getChild('GroupingLabels')),
    }
    const args = children(this.child(node, 'FunctionCallBody')).map((each) => this.expr(each))
    const ranked = operator === 'topk' || operator === 'bottomk'
    if (args.length !== (ranked ? 2 : 1))
      throw invalid(`${operator} takes ${ranked ? 'a number and a vector' : 'one vector'}.`, node.from)
    return {
      kind: 'aggregate',
      operator: operator as AggregateOperator,
      grouping,
      parameter: ranked ? (args[0] ?? null) : null,
      operand: args.at(-1) as Expr,
      at: node.from,
    }
  }

  private call(node: SyntaxNode): Expr {
    const args = children(this.child(node, 'FunctionCallBody')).map((each) => this.expr(each))
    return { kind: 'call', name: this.text(this.child(node, 'FunctionIdentifier')), args, at: node.from }
  }

  private labels(node: SyntaxNode | null | undefined): readonly string[] {
    if (node === null || node === undefined) return []
    return children(node).map((each) => {
      if (each.name !== 'LabelName') throw unsupported('A quoted label name', each.from)
      return this.text(each)
    })
  }

  private text(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to)
  }

  /** The first child, the child of that name, or (null) the last child. */
  private child(node: SyntaxNode, name?: string | null): SyntaxNode {
    const found = typeof name === 'string' ? node.getChild(name) : children(node).at(name === null ? -1 : 0)
    if (found === null || found === undefined) throw invalid('The expression is incomplete.', node.from)
    return found
  }
}

function children(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'LineComment') found.push(child)
  return found
}
