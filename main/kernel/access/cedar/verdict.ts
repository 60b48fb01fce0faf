import type { Caller } from '../caller.ts'
import type { Refusal, Verdict } from '../policy.ts'
import type { CompiledPolicy } from './compile.ts'
import type { Case, PolicySet } from './policy-set.ts'

/** The exception that lets a case pass a policy at the moment of the case, by its id; null where there is none. */
export type FindException = (policy: string, asked: Case) => string | null

/**
 * The verdict over one case. Every forbid that holds refuses, unless an exception covers it; where only forbids with
 * advice are left and some permit holds, the verdict says what would make it allowed. Fails closed: a forbid that cannot
 * be evaluated refuses.
 */
export function verdictOn(set: PolicySet, asked: Case, findException: FindException): Verdict {
  const found = set.all(asked)
  const broken = found.failed.filter((id) => set.find(id)?.effect === 'forbid')
  if (broken.length > 0) return cannotEvaluate(asked, broken)
  if (found.allowed) return { allowed: true, policies: found.determining }
  if (found.determining.length === 0) return notPermitted(asked)
  const exceptions = new Map(found.determining.map((id) => [id, findException(id, asked)]))
  const left = found.determining.filter((id) => !exceptions.get(id)).flatMap((id) => set.find(id) ?? [])
  const [final] = left.filter(({ advice }) => advice === null)
  if (final) return forbiddenBy(asked, final)
  const permitted = set.permitsOnly(asked)
  if (!permitted.allowed) return notPermitted(asked)
  const wanted = left.find(({ advice }) => advice === 'approval_required') ?? left[0]
  if (wanted) return advised(asked, wanted)
  const used = [...exceptions.values()].flatMap((id) => (id === null ? [] : [`exception:${id}`]))
  return { allowed: true, policies: [...permitted.determining, ...used] }
}

/** The verdict over several resources: all must be allowed, and what nothing mends is told first. */
export function together(verdicts: readonly Verdict[]): Verdict {
  const refused = verdicts.filter((verdict): verdict is Refusal => !verdict.allowed)
  const worst = ['forbidden', 'approval_required', 'step_up'].flatMap((code) =>
    refused.filter((refusal) => refusal.code === code),
  )[0]
  if (worst) return worst
  return { allowed: true, policies: [...new Set(verdicts.flatMap(({ policies }) => policies))] }
}

/** Whoever is not signed in may only call what is open. */
export function notSignedIn(state: Caller['state'], action: string): Refusal {
  const refusal = { allowed: false, code: 'unauthenticated', policies: [] } as const
  if (state === 'locked')
    return {
      ...refusal,
      reason: `This session is locked, so ${action} cannot be called.`,
      hint: 'Prove that it is you.',
    }
  if (state === 'second-factor')
    return { ...refusal, reason: `${action} needs your second factor first.`, hint: 'Prove your second factor.' }
  return { ...refusal, reason: `Nobody is signed in, so ${action} cannot be called.`, hint: 'Sign in.' }
}

export const unknownAction = (name: string): Refusal => ({
  allowed: false,
  code: 'forbidden',
  reason: `The policies do not know ${name}.`,
  hint: 'There is no such operation.',
  policies: [],
})

function notPermitted(asked: Case): Refusal {
  const { caller } = asked
  return {
    allowed: false,
    code: 'forbidden',
    reason: `${subject(caller)} may not call ${what(asked)}.`,
    hint: isReadOnly(caller)
      ? 'This session is read-only. Start the application without --read-only to make changes.'
      : 'Ask an administrator for a role that may, or for a policy that permits it.',
    policies: [],
  }
}

const forbiddenBy = (asked: Case, policy: CompiledPolicy): Refusal => ({
  allowed: false,
  code: 'forbidden',
  reason: `The policy ${policy.id} forbids ${what(asked)}${because(policy)}`,
  hint: 'Ask whoever keeps the policies, or ask for an exception.',
  policies: [policy.id],
})

function advised(asked: Case, policy: CompiledPolicy): Refusal {
  const refusal = { allowed: false, policies: [policy.id] } as const
  if (policy.advice === 'step_up')
    return {
      ...refusal,
      code: 'step_up',
      reason: `The policy ${policy.id} asks for a fresh proof before ${what(asked)}${because(policy)}`,
      hint: 'Prove that it is you, then try again.',
    }
  return {
    ...refusal,
    code: 'approval_required',
    reason: `The policy ${policy.id} asks for approval by others before ${what(asked)}${because(policy)}`,
    hint: 'Ask for approval, and carry it out once enough others have approved.',
  }
}

const cannotEvaluate = (asked: Case, policies: readonly string[]): Refusal => ({
  allowed: false,
  code: 'forbidden',
  reason: `The policy ${policies[0]} cannot be evaluated for ${what(asked)}, so it is refused.`,
  hint: 'Ask whoever keeps the policies to correct it.',
  policies,
})

const because = ({ reason }: CompiledPolicy): string => (reason === null ? '.' : `: ${reason}`)

const what = ({ action, resource }: Case): string =>
  resource.environment === null ? action.name : `${action.name} in ${resource.environment}`

/** The way in that gave up every right to change things, in a workspace that demands no sign-in. */
const isReadOnly = ({ personal, roles }: Caller): boolean => personal && roles.length === 1 && roles[0] === 'viewer'

function subject({ roles }: Caller): string {
  if (roles.length === 0) return 'Somebody without a role'
  if (roles.length === 1) return `The role ${roles[0]}`
  return `The roles ${roles.slice(0, -1).join(', ')} and ${roles.at(-1)}`
}
