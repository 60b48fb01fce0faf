import type { Clock } from '#main/kernel/clock.ts'
import { storageError } from '#main/kernel/store/errors.ts'
import { type AppError, asAppError } from '#preload/contract/error.ts'
import type { Observation } from '../engine.ts'

export type PollState = {
  readonly status: 'starting' | 'live' | 'stale' | 'paused'
  readonly lastSuccessAt: number | null
  readonly nextAttemptAt: number | null
  readonly failures: number
  readonly error: AppError | null
  readonly version: string | null
}

export type Poller = {
  readonly state: () => PollState
  /** Looks now; resolves when that look is done, whatever came of it. */
  readonly look: () => Promise<void>
  readonly stop: () => void
}

type Options = {
  readonly clock: Clock
  readonly intervalMs: number
  readonly observe: (signal: AbortSignal) => Promise<Observation>
  readonly onObservation: (observation: Observation) => Promise<void>
  readonly onState: (state: PollState) => void
  /** 0 to 1; replaced in tests. */
  readonly random?: () => number
}

const longestBackoffMs = 60_000

/** Wait after the nth failure in a row: doubling, capped, and spread by half so that clients do not return together. */
export const backoffMs = (failures: number, random: number): number =>
  Math.min(longestBackoffMs, 1_000 * 2 ** Math.min(failures - 1, 10)) * (0.5 + random / 2)

/** Looks at one source over and over; one look at a time; after a failure it comes back with jittered backoff. */
export function startPoller({
  clock,
  intervalMs,
  observe,
  onObservation,
  onState,
  random = Math.random,
}: Options): Poller {
  let state: PollState = {
    status: 'starting',
    lastSuccessAt: null,
    nextAttemptAt: null,
    failures: 0,
    error: null,
    version: null,
  }
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | null = null
  const stopped = new AbortController()

  const change = (next: Partial<PollState>): void => {
    state = { ...state, ...next }
    onState(state)
  }

  const again = (delay: number): number => {
    if (stopped.signal.aborted) return clock.now()
    clearTimeout(timer)
    timer = setTimeout(() => void look(), delay)
    timer.unref()
    return clock.now() + delay
  }

  const lookOnce = async (): Promise<void> => {
    try {
      const observation = await observe(stopped.signal)
      if (stopped.signal.aborted) return
      await onObservation(observation)
      const nextAttemptAt = again(intervalMs * (0.9 + random() * 0.2))
      change({
        status: 'live',
        lastSuccessAt: clock.now(),
        nextAttemptAt,
        failures: 0,
        error: null,
        version: observation.version,
      })
    } catch (thrown) {
      if (stopped.signal.aborted) return
      const failures = state.failures + 1
      const nextAttemptAt = again(backoffMs(failures, random()))
      change({ status: 'stale', nextAttemptAt, failures, error: asAppError(storageError(thrown) ?? thrown) })
    }
  }

  const look = (): Promise<void> => {
    looking ??= lookOnce().finally(() => {
      looking = null
    })
    return looking
  }

  void look()
  return {
    state: () => state,
    look: async () => {
      // A look under way began before the caller asked, and may not show what the caller just did.
      if (looking) await looking
      await look()
    },
    stop() {
      stopped.abort()
      clearTimeout(timer)
    },
  }
}
