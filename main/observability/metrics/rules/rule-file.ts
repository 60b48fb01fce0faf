import { parseDocument } from 'yaml'
import { z } from 'zod'
import { AppError } from '#preload/contract/error.ts'
import type { Expr } from '../promql/ast.ts'
import { typeOf } from '../promql/check.ts'
import { durationMs } from '../promql/literal.ts'
import { parsePromql } from '../promql/parse.ts'
import { type Labels, metricName } from '../sample.ts'

export type AlertingRule = {
  readonly group: string
  readonly name: string
  /** As written, for people; `parsed` is what is evaluated. */
  readonly expr: string
  readonly parsed: Expr
  readonly forMs: number
  readonly keepFiringForMs: number
  /** Values may be templates. */
  readonly labels: Labels
  readonly annotations: Labels
}
export type RuleGroup = { readonly name: string; readonly intervalMs: number; readonly rules: readonly AlertingRule[] }

/** Prometheus' global.evaluation_interval when nothing is configured. */
export const defaultIntervalMs = 60_000

const duration = z.union([z.string(), z.number()]).transform((text, context) => {
  const parsed = durationMs(String(text))
  if (parsed !== null) return parsed
  context.addIssue({ code: 'custom', message: `"${text}" is not a duration such as 5m or 1h30m` })
  return z.NEVER
})
const texts = z.record(z.string(), z.coerce.string())
const labelName = /^[A-Za-z_]\w*$/

const ruleShape = z.strictObject({
  alert: z.string().min(1).optional(),
  record: z.string().optional(),
  expr: z.coerce.string().min(1),
  for: duration.optional(),
  keep_firing_for: duration.optional(),
  labels: texts.nullish(),
  annotations: texts.nullish(),
})
const groupShape = z.strictObject({
  name: z.string().min(1),
  interval: duration.optional(),
  limit: z.number().optional(),
  rules: z.array(z.unknown()).nullish(),
})
const fileShape = z.strictObject({ groups: z.array(z.unknown()).nullish() })

/**
 * Parses a Prometheus rule file (https://prometheus.io/docs/prometheus/2.42/configuration/recording_rules/) with alerting
 * rules. Unknown fields are refused, as Prometheus does.
 * @throws AppError `invalid`, or `unsupported` for recording rules and PromQL outside the subset; the message names group
 * and rule, and `at` is the path (`groups.0.rules.2.expr`).
 */
export function parseRuleFile(yaml: string): readonly RuleGroup[] {
  const document = parseDocument(yaml)
  const problem = document.errors[0]
  if (problem !== undefined)
    throw new AppError('invalid', `The rule file is not YAML: ${problem.message}`, { at: String(problem.pos[0]) })
  const file = checked(fileShape, document.toJS() ?? {}, 'The rule file', '')
  const names = new Set<string>()
  return (file.groups ?? []).map((raw, index) => {
    const group = readGroup(raw, `groups.${index}`)
    if (names.has(group.name)) throw invalid(`The group "${group.name}" exists twice.`, `groups.${index}.name`)
    names.add(group.name)
    return group
  })
}

function readGroup(raw: unknown, path: string): RuleGroup {
  const group = checked(groupShape, raw, `The group at ${path}`, path)
  if (group.limit !== undefined && group.limit > 0)
    throw new AppError('unsupported', `The group "${group.name}" has a limit, which is not supported.`, { at: path })
  const rules = (group.rules ?? []).map((rule, index) => readRule(rule, group.name, `${path}.rules.${index}`))
  return { name: group.name, intervalMs: group.interval || defaultIntervalMs, rules }
}

function readRule(raw: unknown, group: string, path: string): AlertingRule {
  const name = nameOf(raw)
  const who = `The rule "${name}" of the group "${group}"`
  const rule = checked(ruleShape, raw, who, path)
  if (rule.record !== undefined)
    throw new AppError('unsupported', `${who} is a recording rule; only alerting rules are evaluated here.`, {
      at: path,
    })
  if (rule.alert === undefined) throw invalid(`${who} has no "alert" name.`, path)
  const labels = rule.labels ?? {}
  const annotations = rule.annotations ?? {}
  const wrong = [...Object.keys(labels), ...Object.keys(annotations)].find((each) => !labelName.test(each))
  if (wrong !== undefined || labels[metricName] !== undefined)
    throw invalid(`${who} has the invalid label name "${wrong ?? metricName}".`, path)
  return {
    group,
    name: rule.alert,
    expr: rule.expr.trim(),
    parsed: readExpression(rule.expr, who, `${path}.expr`),
    forMs: rule.for ?? 0,
    keepFiringForMs: rule.keep_firing_for ?? 0,
    labels,
    annotations,
  }
}

function readExpression(source: string, who: string, path: string): Expr {
  try {
    const expr = parsePromql(source)
    if (typeOf(expr) !== 'vector' && typeOf(expr) !== 'scalar') throw invalid('It gives no instant vector.', '0')
    return expr
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AppError(error.code, `${who} cannot be evaluated: ${error.message}`, {
      hint: error.hint,
      at: `${path}:${error.at ?? 0}`,
      cause: error,
    })
  }
}

function checked<Shape extends z.ZodType>(shape: Shape, raw: unknown, who: string, path: string): z.output<Shape> {
  const result = shape.safeParse(raw)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = [...(path === '' ? [] : [path]), ...(issue?.path ?? [])].join('.')
  const field = issue === undefined || issue.path.length === 0 ? '' : ` in "${issue.path.join('.')}"`
  throw invalid(`${who} is wrong${field}: ${issue?.message ?? 'unknown reason'}.`, where)
}

function nameOf(raw: unknown): string {
  const named = z.object({ alert: z.string().optional(), record: z.string().optional() }).safeParse(raw)
  return named.data?.alert ?? named.data?.record ?? '(unnamed)'
}

const invalid = (message: string, at: string): AppError => new AppError('invalid', message, { at })
