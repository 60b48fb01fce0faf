import type { Caller } from '../caller.ts'
import type { Resource } from '../policy.ts'
import type { CompiledPolicy } from './compile.ts'
import { type Dependence, independent, together } from './dependence.ts'
import { createEvaluator, type Finding } from './evaluator.ts'
import { createMemory } from './memory.ts'
import { type Circumstances, type Request, requestOf, secondsSince } from './request.ts'
import type { ActionEntry } from './vocabulary.ts'

/** One caller, one operation, one resource, at one moment. */
export type Case = {
  readonly caller: Caller
  readonly action: ActionEntry
  readonly resource: Resource
  readonly circumstances: Circumstances
}

export type PolicySet = {
  readonly find: (id: string) => CompiledPolicy | undefined
  readonly all: (asked: Case) => Finding
  /** As if no policy forbade anything. */
  readonly permitsOnly: (asked: Case) => Finding
  readonly close: () => void
}

const remembered = 10_000

/**
 * Policies that take effect together, with the decisions they made. A decision is found again by everything it can depend
 * on: time, proof and address are part of its key only where a policy that may concern the operation looks at them.
 */
export function createPolicySet(policies: readonly CompiledPolicy[]): PolicySet {
  const evaluator = createEvaluator(policies)
  const byId = new Map(policies.map((policy) => [policy.id, policy]))
  const memory = createMemory<Finding>(remembered)
  const dependence = new Map<string, Dependence>()

  const dependenceFor = (action: ActionEntry): Dependence => {
    const known = dependence.get(action.name)
    if (known) return known
    const found = policies
      .filter(({ actions }) => actions === null || actions.some((name) => concerns(name, action)))
      .reduce((sum, { dependsOn }) => together(sum, dependsOn), independent)
    dependence.set(action.name, found)
    return found
  }

  const recall = (kind: string, asked: Case, evaluate: (request: Request) => Finding): Finding => {
    const { caller, action, resource, circumstances } = asked
    const key = kind + keyOf(asked, dependenceFor(action))
    const known = memory.get(key)
    if (known) return known
    const finding = evaluate(requestOf(caller, action, resource, circumstances))
    memory.set(key, finding)
    return finding
  }

  return {
    find: (id) => byId.get(id),
    all: (asked) => recall('a', asked, evaluator.all),
    permitsOnly: (asked) => recall('p', asked, evaluator.permitsOnly),
    close: evaluator.close,
  }
}

const concerns = (name: string, action: ActionEntry): boolean => name === action.name || action.groups.includes(name)

function keyOf({ caller, action, resource, circumstances }: Case, dependsOn: Dependence): string {
  const { now, grant, stepUpSeconds } = circumstances
  return JSON.stringify([
    caller.id,
    caller.roles,
    caller.groups,
    caller.personal,
    caller.via,
    caller.provenAt !== null,
    action.name,
    resource.environment,
    resource.id,
    resource.labels,
    grant?.approvers,
    dependsOn.every === null ? null : Math.floor(now / (dependsOn.every * 1_000)),
    dependsOn.proof ? secondsSince(caller.provenAt, now) : null,
    dependsOn.source ? caller.source : null,
    stepUpSeconds,
  ])
}
