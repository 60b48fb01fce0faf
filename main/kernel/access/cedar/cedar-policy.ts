import type { Contract } from '#preload/contract/define.ts'
import { role } from '#preload/security/roles.ts'
import type { Clock } from '../../clock.ts'
import type { Policy, Question, Verdict } from '../policy.ts'
import { type Compiled, type CompiledPolicy, compile, parseChecked } from './compile.ts'
import { createPolicySet, type PolicySet } from './policy-set.ts'
import { type Circumstances, nowhere } from './request.ts'
import { schemaOf } from './schema.ts'
import { type FindException, notSignedIn, together, unknownAction, verdictOn } from './verdict.ts'
import { type Vocabulary, vocabularyOf } from './vocabulary.ts'

type Options = {
  readonly contracts: readonly Contract[]
  /** Text of the built-in policies. */
  readonly builtIn: string
  readonly clock: Clock
  /** How long a proof lasts for dangerous acts. */
  readonly stepUpSeconds: () => number
  /** Asked again at every refusal, so that an exception stops working the moment it expires. */
  readonly findException?: FindException
}

/** Judges by policies that are not in force, at any moment. */
export type PolicyTrial = {
  readonly judge: (question: Question, now: number) => Verdict
  readonly close: () => void
}

export type CedarPolicy = Policy & {
  readonly vocabulary: Vocabulary
  /** The names of the roles. */
  readonly roles: readonly string[]
  /** Cedar schema, human-readable. */
  readonly schema: string
  readonly builtIn: string
  /** Built-in policies by id; nothing else may be named like them. */
  readonly builtInIds: ReadonlySet<string>
  /** A policy in force, by its id. */
  readonly find: (id: string) => CompiledPolicy | null
  /** Parses and type-checks policies of the workspace. */
  readonly check: (text: string) => Compiled
  /** Puts policies of the workspace in force, at once. @returns false when they do not parse: then only administrators act. */
  readonly install: (text: string) => boolean
  /** @param exceptions whether those of the workspace count. @throws Error when the policies do not parse. */
  readonly trial: (text: string, exceptions?: boolean) => PolicyTrial
}

const noException: FindException = () => null

/** What is in force when the stored policies cannot be read: forgetting their forbids would be worse. */
const unreadable = `@id("workspace-policies-unreadable")
@reason("The policies of this workspace cannot be read, so only administrators act until they are corrected.")
forbid (principal, action, resource) unless { principal in Role::"admin" };`

/**
 * The policy of the application, in Cedar (https://docs.cedarpolicy.com): built-in policies and those of the workspace.
 * What is open to everybody is judged by the built-in ones alone, so that no policy can keep people from signing in.
 *
 * @throws Error when the built-in policies do not parse.
 */
export function createCedarPolicy(options: Options): CedarPolicy {
  const vocabulary = vocabularyOf(options.contracts)
  const schema = schemaOf(vocabulary)
  const actions = new Map(vocabulary.actions.map((action) => [action.name, action]))
  const builtIn = readBuiltIn(options.builtIn)
  const builtInIds = new Set(builtIn.map(({ id }) => id))
  const forEverybody = createPolicySet(builtIn)
  const findException = options.findException ?? noException
  let inForce = createPolicySet(builtIn)

  const judgeBy = (set: PolicySet, question: Question, now: number, find: FindException): Verdict => {
    const { caller, resources, grant } = question
    const action = actions.get(question.action.name)
    if (!action) return unknownAction(question.action.name)
    const open = action.access.includes('open')
    if (!open && caller.state !== 'signed-in') return notSignedIn(caller.state, action.name)
    const circumstances: Circumstances = { now, stepUpSeconds: options.stepUpSeconds(), grant }
    const verdicts = (resources.length === 0 ? [nowhere] : resources).map((resource) =>
      verdictOn(open ? forEverybody : set, { caller, action, resource, circumstances }, find),
    )
    return together(verdicts)
  }

  const withBuiltIn = (text: string): PolicySet | null => {
    const policies = parseChecked(text, builtInIds)
    return policies && createPolicySet([...builtIn, ...policies])
  }

  return {
    vocabulary,
    roles: role.options,
    schema,
    builtIn: options.builtIn,
    builtInIds,
    find: (id) => inForce.find(id) ?? null,
    judge: (question) => judgeBy(inForce, question, options.clock.now(), findException),
    check: (text) => compile(text, schema, builtInIds),
    install(text) {
      const next = withBuiltIn(text)
      inForce.close()
      inForce = next ?? createPolicySet([...builtIn, ...(parseChecked(unreadable) ?? [])])
      return next !== null
    },
    trial(text, exceptions = false) {
      const set = withBuiltIn(text)
      if (!set) throw new Error('Check policies before they are tried.')
      return {
        judge: (question, now) => judgeBy(set, question, now, exceptions ? findException : noException),
        close: set.close,
      }
    },
  }
}

/** Type-checked by the tests, not here: it takes 0.1 s of every start, and the text only changes with the application. */
function readBuiltIn(text: string): readonly CompiledPolicy[] {
  const policies = parseChecked(text)
  if (!policies) throw new Error('The built-in policies do not parse.')
  return policies
}
