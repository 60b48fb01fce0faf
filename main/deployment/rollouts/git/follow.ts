import type { Plan, RolloutInput } from '#preload/deployment/rollouts.ts'
import type { GitState, StoredSource } from './store.ts'

/** What is known when it is decided whether what Git says is rolled out by itself. */
type Facts = {
  readonly source: StoredSource
  readonly state: GitState
  readonly runs: string | null
  /** Whether a rollout of the service is under way. */
  readonly changing: boolean
  /** How many others have to approve a rollout there. */
  readonly approvals: number
  readonly plan: (input: RolloutInput) => Promise<Pick<Plan, 'blocked'>>
}

type Decision =
  | { readonly kind: 'stay'; readonly state: GitState }
  | { readonly kind: 'roll out'; readonly input: RolloutInput; readonly state: GitState; readonly text: string }

/** Whether Git newly says a version that is to be rolled out now; and if not, why not. */
export async function follow(facts: Facts): Promise<Decision> {
  const { source, state, runs } = facts
  const { reading, error, settled } = state
  const stay = (change: Partial<GitState> = {}): Decision => ({ kind: 'stay', state: { ...state, ...change } })
  if (reading === null || error !== null || facts.changing) return stay()
  // What was there first is for a person: only what comes after it is followed.
  if (settled === null || runs === reading.version) return stay({ settled: reading.commit, held: null })
  if (settled === reading.commit || source.automatic === null) return stay({ held: null })
  const { environment, service } = source
  if (facts.approvals > 0)
    return stay({ held: `${environment} asks for approval by others, so a person has to roll ${reading.version} out.` })
  const input: RolloutInput = { environment, service, version: reading.version, ...source.automatic }
  const [blocked] = (await facts.plan(input)).blocked
  if (blocked !== undefined) return stay({ held: blocked })
  const since = `Git says ${reading.version} since ${reading.commit.slice(0, 7)} by ${reading.author}`
  const text = `${since}: it is rolled out by ${source.automatic.strategy.kind}.`
  return { kind: 'roll out', input, state: { ...state, settled: reading.commit, held: null }, text }
}
