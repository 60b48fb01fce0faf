import type { CedarPolicy, PolicyTrial } from '#main/kernel/access/cedar/cedar-policy.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { ReplayResult } from '#preload/security/policies.ts'
import { type Outcome, outcomeOf } from '../policies/tests.ts'
import { type DecisionFacts, type DecisionRecord, dayOf } from './record.ts'
import type { DecisionStore } from './store.ts'

type Ports = {
  readonly store: DecisionStore
  readonly record: DecisionRecord
  readonly policy: CedarPolicy
  readonly clock: Clock
}

const dayMs = 24 * 3_600_000

/**
 * Makes the decisions of the last days again under other policies, each as it was made the last time: with the roles and
 * groups the caller had, at that time of day, and with the exceptions of that moment. Tells those that come out differently.
 *
 * @throws AppError `invalid` when the policies do not parse.
 */
export async function* replay(
  { store, record, policy, clock }: Ports,
  text: string,
  days: number,
  signal: AbortSignal,
): AsyncGenerator<ReplayResult> {
  const error = policy.check(text).diagnostics.find(({ severity }) => severity === 'error')
  if (error)
    throw new AppError('invalid', error.message, { at: String(error.from), hint: 'Correct the policies first.' })
  await record.flush()
  const trial = policy.trial(text, true)
  const sum = { decisions: 0, distinct: 0, changed: 0, from: null as string | null }
  try {
    for await (const rows of store.since(dayOf(clock.now() - (days - 1) * dayMs))) {
      signal.throwIfAborted()
      for (const row of rows) {
        const facts: DecisionFacts = JSON.parse(row.facts)
        sum.decisions += row.times
        sum.distinct++
        if (sum.from === null || row.firstAt < sum.from) sum.from = row.firstAt
        const again = decideAgain(trial, policy, facts, Date.parse(row.lastAt))
        const was = row.outcome as Outcome
        if (!again || again.becomes === was) continue
        sum.changed++
        yield {
          kind: 'changed',
          identity: facts.caller.id,
          name: facts.caller.name,
          action: facts.action,
          environment: facts.resources.map(({ environment }) => environment).find((name) => name !== null) ?? null,
          times: row.times,
          lastAt: row.lastAt,
          was,
          ...again,
        }
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    yield { kind: 'done', ...sum }
  } finally {
    trial.close()
  }
}

/** @returns null for an operation that is not there any more. */
function decideAgain(trial: PolicyTrial, policy: CedarPolicy, facts: DecisionFacts, at: number) {
  const action = policy.vocabulary.actions.find(({ name }) => name === facts.action)
  if (!action) return null
  const verdict = trial.judge(
    {
      caller: {
        ...facts.caller,
        session: 'replay',
        source: null,
        state: 'signed-in',
        provenAt: facts.provenSecondsAgo === null ? null : at - facts.provenSecondsAgo * 1_000,
      },
      action,
      resources: facts.resources.map((resource) => ({ ...resource, id: null })),
      grant: facts.approvers.length === 0 ? null : { approval: 'replay', approvers: facts.approvers },
    },
    at,
  )
  return { becomes: outcomeOf(verdict), policies: [...verdict.policies] }
}
