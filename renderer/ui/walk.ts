import { useEffect, useRef, useState } from 'react'
import { asAppError } from '#preload/contract/error.ts'

/** What a walk tells of a step, again and again until the step is over. */
export type StepTold = {
  readonly step: string
  readonly status: 'running' | 'ok' | 'failed' | 'skipped'
  readonly ms?: number | undefined
  readonly detail?: string | undefined
  readonly hint?: string | undefined
}

export type Walk<Step extends StepTold> = {
  readonly state: 'running' | 'done' | 'cancelled'
  /** In the order in which they were first told, each as it is now. */
  readonly steps: readonly Step[]
  /** Why the walk could not be made at all; a step that failed is among the steps. */
  readonly error: unknown
}

function withStep<Step extends StepTold>(steps: readonly Step[], step: Step): readonly Step[] {
  const known = steps.some((other) => other.step === step.step)
  return known ? steps.map((other) => (other.step === step.step ? step : other)) : [...steps, step]
}

type Options<Request, Step> = {
  readonly open: (request: Request, signal: AbortSignal) => AsyncIterable<Step>
  /** Runs the walk, and again after something in its way was lifted: a locked vault. */
  readonly retry?: (walk: () => Promise<void>) => Promise<void>
}

/** One walk at a time over a system, step by step; it is cancelled when the screen goes. */
export function useWalk<Request, Step extends StepTold>({ open, retry = (walk) => walk() }: Options<Request, Step>) {
  const [run, setRun] = useState<Walk<Step> | null>(null)
  const current = useRef<AbortController | null>(null)
  useEffect(() => () => current.current?.abort(), [])

  /** @returns why it could not be made; null where it was, or where it was cancelled. */
  const start = async (request: Request): Promise<unknown> => {
    current.current?.abort()
    const stopped = new AbortController()
    current.current = stopped
    const { signal } = stopped
    const show = (next: (before: Walk<Step>) => Walk<Step>) => {
      if (current.current === stopped) setRun((before) => next(before ?? { state: 'running', steps: [], error: null }))
    }
    const walk = async () => {
      show(() => ({ state: 'running', steps: [], error: null }))
      for await (const step of open(request, signal))
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
