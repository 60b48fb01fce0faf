import type { Matcher } from '../matcher.ts'

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string'
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^'
export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<='
export type SetOperator = 'and' | 'or' | 'unless'
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator
export type AggregateOperator = 'sum' | 'avg' | 'min' | 'max' | 'count' | 'group' | 'topk' | 'bottomk'

export type Grouping = { readonly kind: 'by' | 'without'; readonly labels: readonly string[] }

export type VectorMatching = {
  readonly on: boolean
  readonly labels: readonly string[]
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many'
  /** Labels copied from the "one" side by group_left or group_right. */
  readonly include: readonly string[]
}

/** `at` is the character offset in the source, for messages. */
type Located = { readonly at: number }

export type VectorSelector = Located & {
  readonly kind: 'selector'
  readonly matchers: readonly Matcher[]
  readonly offsetMs: number
}
export type MatrixSelector = Located & {
  readonly kind: 'matrix'
  readonly selector: VectorSelector
  readonly rangeMs: number
}
export type Call = Located & { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[] }
export type Binary = Located & {
  readonly kind: 'binary'
  readonly operator: BinaryOperator
  readonly left: Expr
  readonly right: Expr
  readonly bool: boolean
  readonly matching: VectorMatching | null
}
export type Aggregate = Located & {
  readonly kind: 'aggregate'
  readonly operator: AggregateOperator
  readonly grouping: Grouping
  readonly parameter: Expr | null
  readonly operand: Expr
}
export type Unary = Located & { readonly kind: 'unary'; readonly operator: '+' | '-'; readonly operand: Expr }

export type Expr =
  | (Located & { readonly kind: 'number'; readonly value: number })
  | (Located & { readonly kind: 'string'; readonly value: string })
  | VectorSelector
  | MatrixSelector
  | Call
  | Binary
  | Aggregate
  | Unary

const setOperators: ReadonlySet<string> = new Set<SetOperator>(['and', 'or', 'unless'])
const comparisonOperators: ReadonlySet<string> = new Set<ComparisonOperator>(['==', '!=', '>', '<', '>=', '<='])

export const isSetOperator = (operator: BinaryOperator): operator is SetOperator => setOperators.has(operator)
export const isComparison = (operator: BinaryOperator): operator is ComparisonOperator =>
  comparisonOperators.has(operator)
