import { useEffect, useRef, useState } from 'react'
import type { Input } from '#preload/contract/define.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { connections, TestStep } from '#preload/fleet/connections.ts'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { api } from '#renderer/rpc/client.ts'

export const stepNames = ['dns', 'tcp', 'tls', 'http', 'auth', 'product'] as const

export type TestRequest = Input<(typeof connections)['operations']['test']>

export type TestRun = {
  readonly state: 'running' | 'done' | 'cancelled'
  readonly steps: readonly TestStep[]
  /** Why the test could not be made at all; a step that failed is among the steps. */
  readonly error: unknown
}

const withStep = (steps: readonly TestStep[], step: TestStep): readonly TestStep[] => [
  ...steps.filter((other) => other.step !== step.step),
  step,
]

/** One test at a time; it is cancelled when the screen goes. */
export function useConnectionTest() {
  const [run, setRun] = useState<TestRun | null>(null)
  const current = useRef<AbortController | null>(null)
  const retry = useVaultRetry()
  useEffect(() => () => current.current?.abort(), [])

  const start = async (request: TestRequest): Promise<unknown> => {
    current.current?.abort()
    const stopped = new AbortController()
    current.current = stopped
    const { signal } = stopped
    const show = (next: (before: TestRun) => TestRun) => {
      if (current.current === stopped) setRun((before) => next(before ?? { state: 'running', steps: [], error: null }))
    }
    const walk = async () => {
      show(() => ({ state: 'running', steps: [], error: null }))
      for await (const step of api.connections.test(request, { signal }))
        show((before) => ({ ...before, steps: withStep(before.steps, step) }))
    }
    try {
      await retry(walk)
      show((before) => ({ ...before, state: signal.aborted ? 'cancelled' : 'done' }))
      return null
    } catch (thrown) {
      const cancelled = signal.aborted || asAppError(thrown).code === 'cancelled'
      show((before) => ({ ...before, state: cancelled ? 'cancelled' : 'done', error: cancelled ? null : thrown }))
      return cancelled ? null : thrown
    }
  }
  return { run, start, cancel: () => current.current?.abort(), forget: () => setRun(null) }
}

export type ConnectionTestHandle = ReturnType<typeof useConnectionTest>
