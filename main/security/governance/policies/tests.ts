import type { Caller } from '#main/kernel/access/caller.ts'
import type { PolicyTrial } from '#main/kernel/access/cedar/cedar-policy.ts'
import type { Vocabulary } from '#main/kernel/access/cedar/vocabulary.ts'
import type { Grant, Verdict } from '#main/kernel/access/policy.ts'
import { inEnvironment } from '#main/kernel/service.ts'
import type { PolicyTest, PolicyTestResult } from '#preload/security/policies.ts'
import { role } from '#preload/security/roles.ts'

export type Outcome = 'allow' | 'deny' | 'step_up' | 'approval_required'

/** A verdict in the words of tests and of the record of decisions. */
export function outcomeOf(verdict: Verdict): Outcome {
  if (verdict.allowed) return 'allow'
  return verdict.code === 'step_up' || verdict.code === 'approval_required' ? verdict.code : 'deny'
}

/** Approvals by people who are nobody in particular. */
export const approvalsBy = (count: number): Grant | null =>
  count === 0 ? null : { approval: 'test', approvers: Array.from({ length: count }, (_, n) => `approver ${n + 1}`) }

/**
 * Runs the test table against policies.
 *
 * @param trial null: the policies do not parse, so every test is in error.
 */
export function runTests(
  tests: readonly PolicyTest[],
  trial: PolicyTrial | null,
  vocabulary: Vocabulary,
  now: number,
): PolicyTestResult[] {
  const actions = new Map(vocabulary.actions.map((action) => [action.name, action]))
  return tests.map((test) => {
    const action = actions.get(test.action)
    const roles = role.array().safeParse(test.roles)
    if (!trial || !action || !roles.success) return { name: test.name, passed: false, verdict: 'error', policies: [] }
    const caller: Caller = {
      id: 'test',
      name: 'test',
      roles: roles.data,
      groups: test.groups,
      via: 'application',
      session: 'test',
      source: null,
      state: 'signed-in',
      personal: false,
      provenAt: test.provenSecondsAgo === null ? null : now - test.provenSecondsAgo * 1_000,
    }
    const resources = test.environment === null ? [] : [inEnvironment(test.environment)]
    const judged = trial.judge({ caller, action, resources, grant: approvalsBy(test.approvals) }, now)
    const verdict = outcomeOf(judged)
    return { name: test.name, passed: verdict === test.expect, verdict, policies: [...judged.policies] }
  })
}
