import { createHash } from 'node:crypto'
import type { Caller } from '#main/kernel/access/caller.ts'
import type { Policy, Question, Verdict } from '#main/kernel/access/policy.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { type Outcome, outcomeOf } from '../policies/tests.ts'
import type { DecisionCount, DecisionStore } from './store.ts'

/** What a decision depends on, as far as it can be made again later. */
export type DecisionFacts = {
  readonly caller: Pick<Caller, 'id' | 'name' | 'roles' | 'groups' | 'via' | 'personal'>
  /** Seconds since the last proof, rounded down to one of a few; null never. */
  readonly provenSecondsAgo: number | null
  readonly action: string
  readonly resources: readonly {
    readonly environment: string | null
    readonly labels: Readonly<Record<string, string>>
  }[]
  readonly approvers: readonly string[]
}

export type DecisionRecord = {
  readonly note: (question: Question, verdict: Verdict) => void
  /** Writes what was noted. */
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
}

const keptDays = 30
const dayMs = 24 * 3_600_000
const flushEveryMs = 15_000
/** Distinct decisions that are counted between two writes; what comes after is not recorded, rather than memory lost. */
const mostWaiting = 10_000
const proofSteps = [28_800, 3_600, 900, 300, 60, 0] as const

export const dayOf = (ms: number): string => iso(ms).slice(0, 10)

/** Counts decisions in memory and writes them now and then, so that no call waits for it. Keeps 30 days. */
export function createDecisionRecord(store: DecisionStore, clock: Clock, log: Log): DecisionRecord {
  let waiting = new Map<
    string,
    { facts: DecisionFacts; outcome: Outcome; times: number; first: number; last: number }
  >()
  let pruned = ''
  let writing: Promise<void> = Promise.resolve()

  /** What could not be written is written the next time. */
  const keep = (counted: typeof waiting) => (thrown: unknown) => {
    for (const [key, before] of counted) {
      const since = waiting.get(key)
      const times = before.times + (since?.times ?? 0)
      waiting.set(key, { ...before, times, last: since?.last ?? before.last })
    }
    throw thrown
  }

  const write = async (): Promise<void> => {
    const counted = waiting
    waiting = new Map()
    if (counted.size > 0) await store.add([...counted.values()].map(toCount)).catch(keep(counted))
    const oldest = dayOf(clock.now() - keptDays * dayMs)
    if (oldest !== pruned) await store.prune(oldest)
    pruned = oldest
  }
  const flush = (): Promise<void> => {
    writing = writing.then(write).catch((error: unknown) => log.error('decisions not recorded', { error }))
    return writing
  }
  const timer = setInterval(() => void flush(), flushEveryMs)
  timer.unref()

  return {
    note(question, verdict) {
      if (question.action.access.includes('open') || (!verdict.allowed && verdict.code === 'unauthenticated')) return
      const now = clock.now()
      const facts = factsOf(question, now)
      const outcome = outcomeOf(verdict)
      const key = `${dayOf(now)} ${outcome} ${JSON.stringify(facts)}`
      const known = waiting.get(key)
      if (known) {
        known.times++
        known.last = now
      } else if (waiting.size < mostWaiting) waiting.set(key, { facts, outcome, times: 1, first: now, last: now })
    },
    flush,
    async close() {
      clearInterval(timer)
      await flush()
    },
  }
}

/** The policy, with every verdict noted. For the one door alone: what screens ask beforehand is no decision. */
export const recorded = (policy: Policy, record: DecisionRecord): Policy => ({
  judge(question) {
    const verdict = policy.judge(question)
    record.note(question, verdict)
    return verdict
  },
})

function factsOf({ caller, action, resources, grant }: Question, now: number): DecisionFacts {
  const { id, name, roles, groups, via, personal, provenAt } = caller
  const seconds = provenAt === null ? null : Math.max(0, (now - provenAt) / 1_000)
  return {
    caller: { id, name, roles, groups, via, personal },
    provenSecondsAgo: seconds === null ? null : (proofSteps.find((step) => step <= seconds) ?? 0),
    action: action.name,
    resources: resources.map(({ environment, labels }) => ({ environment, labels })),
    approvers: grant?.approvers ?? [],
  }
}

function toCount(counted: {
  facts: DecisionFacts
  outcome: Outcome
  times: number
  first: number
  last: number
}): DecisionCount {
  const facts = JSON.stringify(counted.facts)
  return {
    key: createHash('sha256').update(`${counted.outcome} ${facts}`).digest('hex'),
    day: dayOf(counted.first),
    facts,
    outcome: counted.outcome,
    times: counted.times,
    firstAt: iso(counted.first),
    lastAt: iso(counted.last),
  }
}
