import type { Resource } from '#main/kernel/access/policy.ts'
import type { ResourcesOf } from '#main/kernel/service.ts'
import type { rollouts } from '#preload/deployment/rollouts.ts'
import type { RolloutHistory } from './history.ts'

type Ports = {
  readonly history: Pick<RolloutHistory, 'find'>
  /** An environment as policies see it, with the approvals it asks for. */
  readonly environment: (name: string | null, id?: string) => Promise<Resource>
}

/** The environment that an operation touches, for the policies. */
export function rolloutResources({ history, environment }: Ports): ResourcesOf<typeof rollouts> {
  const named = async (input: { readonly environment: string }) => [await environment(input.environment)]
  const ofRollout = async ({ id }: { readonly id: string }) => [
    await environment((await history.find(id))?.environment ?? null, id),
  ]
  return {
    plan: named,
    measurements: named,
    output: named,
    start: named,
    rollBack: named,
    decommission: named,
    get: ofRollout,
    resume: ofRollout,
    abort: ofRollout,
  }
}
