import { type DetailedError, type PolicyJson, policyToJson, validate } from '@cedar-policy/cedar-wasm/nodejs'
import type { PolicyDiagnostic } from '#preload/security/policies.ts'
import { type Dependence, dependenceOf } from './dependence.ts'
import { type Statement, statementsOf, utf16Offset } from './source.ts'

/** What would make a refused call allowed, where nothing but this policy refuses it. */
export type Advice = 'step_up' | 'approval_required'

export type CompiledPolicy = {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly advice: Advice | null
  /** The author's own sentence, from `@reason`; null where there is none. */
  readonly reason: string | null
  /** The action or groups it is limited to; null: any. */
  readonly actions: readonly string[] | null
  readonly dependsOn: Dependence
  /** The environments it names as entities. */
  readonly environments: readonly string[]
  readonly text: string
}

export type Compiled = {
  readonly policies: readonly CompiledPolicy[]
  readonly diagnostics: readonly PolicyDiagnostic[]
}

const advices: Readonly<Record<string, Advice>> = { step_up: 'step_up', approval: 'approval_required' }

/**
 * Parses and type-checks a text of Cedar policies (strict validation).
 *
 * @param schema Cedar schema in its human-readable form.
 * @param taken ids that other policies have.
 * @returns the policies that parse, and everything that is wrong, with UTF-16 offsets into the text.
 */
export function compile(text: string, schema: string, taken: ReadonlySet<string> = new Set()): Compiled {
  const { compiled, diagnostics } = parseAll(text, taken)
  return {
    policies: [...compiled.values()].map(({ policy }) => policy),
    diagnostics: [...diagnostics, ...typeErrors(schema, compiled)],
  }
}

/**
 * The policies of a text that was type-checked before. @returns null when one of them would be lost, because it does not
 * parse or has no name of its own.
 */
export function parseChecked(text: string, taken: ReadonlySet<string> = new Set()): readonly CompiledPolicy[] | null {
  const { compiled, diagnostics } = parseAll(text, taken)
  return diagnostics.length > 0 ? null : [...compiled.values()].map(({ policy }) => policy)
}

function parseAll(text: string, taken: ReadonlySet<string>): { compiled: ById; diagnostics: PolicyDiagnostic[] } {
  const diagnostics: PolicyDiagnostic[] = []
  const compiled = new Map<string, { readonly policy: CompiledPolicy; readonly statement: Statement }>()
  for (const statement of statementsOf(text)) {
    const parsed = parse(statement)
    diagnostics.push(...parsed.diagnostics)
    if (!parsed.policy) continue
    const { id } = parsed.policy
    if (compiled.has(id) || taken.has(id)) diagnostics.push(duplicate(id, statement, taken.has(id)))
    else compiled.set(id, { policy: parsed.policy, statement })
  }
  return { compiled, diagnostics }
}

function parse(statement: Statement): { policy: CompiledPolicy | null; diagnostics: readonly PolicyDiagnostic[] } {
  const answer = policyToJson(statement.text)
  if (answer.type === 'failure')
    return { policy: null, diagnostics: answer.errors.map((error) => fromCedar(error, statement, null, 'error')) }
  const annotations = answer.json.annotations ?? {}
  const { id, advice, reason } = annotations
  if (!id)
    return {
      policy: null,
      diagnostics: [at(statement, 'This policy has no name.', 'Write @id("…") before it.', null)],
    }
  const diagnostics: PolicyDiagnostic[] = []
  if (advice !== undefined && !(advice in advices))
    diagnostics.push(
      at(statement, `There is no advice "${advice}".`, 'Use @advice("step_up") or @advice("approval").', id),
    )
  else if (advice !== undefined && answer.json.effect === 'permit')
    diagnostics.push(at(statement, 'Only a forbid can carry @advice.', 'A permit refuses nothing.', id))
  const policy: CompiledPolicy = {
    id,
    effect: answer.json.effect,
    advice: advices[advice ?? ''] ?? null,
    reason: reason || null,
    actions: actionsOf(answer.json),
    dependsOn: dependenceOf(answer.json),
    environments: environmentsIn(answer.json),
    text: statement.text,
  }
  return { policy, diagnostics }
}

function actionsOf({ action }: PolicyJson): readonly string[] | null {
  if (action.op === 'All') return null
  if ('entities' in action) return action.entities.map(idOf)
  return 'entity' in action ? [idOf(action.entity)] : null
}

const idOf = (uid: { id: string } | { __entity: { id: string } }): string => ('id' in uid ? uid.id : uid.__entity.id)

/** Ids of all `Environment::"…"` in a policy, in its head and its conditions. */
function environmentsIn(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(environmentsIn)
  if (typeof node !== 'object' || node === null) return []
  const { type, id } = node as { type?: unknown; id?: unknown }
  const own = type === 'Environment' && typeof id === 'string' ? [id] : []
  return [...own, ...Object.values(node).flatMap(environmentsIn)]
}

type ById = ReadonlyMap<string, { readonly policy: CompiledPolicy; readonly statement: Statement }>

function typeErrors(schema: string, compiled: ById): readonly PolicyDiagnostic[] {
  const staticPolicies = Object.fromEntries([...compiled].map(([id, { policy }]) => [id, policy.text]))
  const answer = validate({ schema, policies: { staticPolicies } })
  if (answer.type === 'failure') return answer.errors.map((error) => fromCedar(error, nowhere, null, 'error'))
  const told = (severity: 'error' | 'warning') => (found: { policyId: string; error: DetailedError }) =>
    fromCedar(found.error, compiled.get(found.policyId)?.statement ?? nowhere, found.policyId, severity)
  return distinct([...answer.validationErrors.map(told('error')), ...answer.validationWarnings.map(told('warning'))])
}

/** Cedar tells the same mistake once for every operation it concerns. */
const distinct = (diagnostics: readonly PolicyDiagnostic[]): readonly PolicyDiagnostic[] => [
  ...new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic])).values(),
]

const nowhere: Statement = { from: 0, to: 0, text: '' }

const at = (statement: Statement, message: string, hint: string, policy: string | null): PolicyDiagnostic => ({
  severity: 'error',
  message,
  hint,
  from: statement.from,
  to: statement.to,
  policy,
})

const duplicate = (id: string, statement: Statement, builtIn: boolean): PolicyDiagnostic =>
  at(
    statement,
    builtIn ? `"${id}" is the name of a built-in policy.` : `There are two policies named "${id}".`,
    'Give this one another @id.',
    id,
  )

function fromCedar(
  error: DetailedError,
  statement: Statement,
  policy: string | null,
  severity: 'error' | 'warning',
): PolicyDiagnostic {
  const location = error.sourceLocations?.[0]
  const offset = (bytes: number): number => statement.from + utf16Offset(statement.text, bytes)
  const label = location?.label
  return {
    severity,
    message: `${plain(error.message)}.`,
    hint: error.help ?? label ?? null,
    from: location ? offset(location.start) : statement.from,
    to: location ? offset(location.end) : statement.to,
    policy,
  }
}

/** Cedar names the policy first, by an id of its own where it has none yet; the diagnostic has the name already. */
function plain(message: string): string {
  const text = message
    .replace(/^for policy `[^`]*`[,:] /, '')
    .replace(/^failed to parse policy from string: /, '')
    .replace(/ for Action::"[^"]*"$/, '')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
