import { useEffect, useRef, useState } from 'react'
import type { Input, Output } from '#preload/contract/define.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { access } from '#preload/security/access.ts'
import { api } from '#renderer/rpc/client.ts'
import type { WalkStep } from '#renderer/ui/StepList.tsx'
import { withVault } from '../vault-request.ts'

type TestOperation = (typeof access)['operations']['testProvider']
type TestStep = Output<TestOperation>

export type ProviderTestRun = {
  readonly state: 'running' | 'done' | 'cancelled'
  readonly steps: readonly TestStep[]
  /** Why the test could not be made at all; a step that failed is among the steps. */
  readonly error: unknown
}

/** Steps in the order in which they were first told, each as it is now. */
function withStep(steps: readonly TestStep[], step: TestStep): readonly TestStep[] {
  const known = steps.some((other) => other.step === step.step)
  return known ? steps.map((other) => (other.step === step.step ? step : other)) : [...steps, step]
}

/** What is drawn of a run: a step under way when it ended does not run any more. */
export const walkOf = ({ state, steps }: ProviderTestRun): readonly WalkStep[] =>
  steps.map(({ step, status, detail, hint }) => ({
    name: step,
    status: status === 'running' && state !== 'running' ? 'cancelled' : status,
    detail,
    hint,
  }))

/** One test of a provider at a time; it is cancelled when the screen goes. */
export function useProviderTest() {
  const [run, setRun] = useState<ProviderTestRun | null>(null)
  const current = useRef<AbortController | null>(null)
  useEffect(() => () => current.current?.abort(), [])

  const start = async (request: Input<TestOperation>): Promise<void> => {
    current.current?.abort()
    const stopped = new AbortController()
    current.current = stopped
    const { signal } = stopped
    const show = (next: (before: ProviderTestRun) => ProviderTestRun) => {
      if (current.current === stopped) setRun((before) => next(before ?? { state: 'running', steps: [], error: null }))
    }
    const walk = async () => {
      show(() => ({ state: 'running', steps: [], error: null }))
      for await (const step of api.access.testProvider(request, { signal }))
        show((before) => ({ ...before, steps: withStep(before.steps, step) }))
    }
    try {
      await withVault(walk)
      show((before) => ({ ...before, state: signal.aborted ? 'cancelled' : 'done' }))
    } catch (thrown) {
      const cancelled = signal.aborted || asAppError(thrown).code === 'cancelled'
      show((before) => ({ ...before, state: cancelled ? 'cancelled' : 'done', error: cancelled ? null : thrown }))
    }
  }
  return { run, start, cancel: () => current.current?.abort(), forget: () => setRun(null) }
}
