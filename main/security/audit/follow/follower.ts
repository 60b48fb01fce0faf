import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { type AppError, asAppError } from '#preload/contract/error.ts'
import { backoffMs } from './backoff.ts'
import type { Progress } from './progress.ts'

/** What one step towards the end of the log came to. */
export type Step =
  /** Nothing to do before something is appended. */
  | { readonly kind: 'idle' }
  /** The other side has everything up to `cursor`. `warning` is what it said against some of it. */
  | { readonly kind: 'moved'; readonly cursor: number; readonly warning?: AppError }
  | { readonly kind: 'failed'; readonly error: AppError; readonly afterMs?: number }
  /** The other side wants no more, ever. */
  | { readonly kind: 'ended'; readonly error: AppError }

export type FollowerPorts = {
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
  /** Resolves after `ms` or when `signal` is aborted, whichever is first. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly load: () => Promise<Progress>
  /** Durable when it resolves. False when there is nobody to save for any more. */
  readonly save: (progress: Progress) => Promise<boolean>
  readonly step: (progress: Progress, signal: AbortSignal) => Promise<Step>
  /**
   * Whether this process is the one that follows, where several share a workspace; always, unless given. Two at a time
   * would send everything twice and out of order.
   */
  readonly leads?: () => Promise<boolean>
  /** Turns it off. */
  readonly end: (error: AppError) => Promise<void>
}

export type Follower = {
  /** Something was appended. */
  readonly wake: () => void
  /** Resolves when its last step is over and saved. */
  readonly stop: () => Promise<void>
}

const idleMs = 60_000
/** How soon another process takes over from one that is gone. */
const followMs = 5_000
const longestRestMs = 3_600_000

/**
 * Follows the log from its own durable cursor, in its own time: the writer never waits for it, and a failure costs nobody
 * else anything. The cursor moves only after the other side has taken what is before it, so a crash between the two
 * means that it gets some of it again, and never that it misses any.
 */
export function startFollower(ports: FollowerPorts): Follower {
  const stopping = new AbortController()
  let wakeUp = new AbortController()
  let woken = true

  const sleep = async (ms: number, early: boolean): Promise<void> => {
    if (stopping.signal.aborted || (early && woken)) return
    wakeUp = new AbortController()
    const signals = early ? [stopping.signal, wakeUp.signal] : [stopping.signal]
    await ports.wait(ms, AbortSignal.any(signals))
  }

  const turn = async (): Promise<boolean> => {
    if (ports.leads !== undefined && !(await ports.leads())) {
      await sleep(followMs, false)
      return true
    }
    const progress = await ports.load()
    const restMs = progress.nextAttemptAt === null ? 0 : Date.parse(progress.nextAttemptAt) - ports.clock.now()
    // A longer rest than any that is given out means that the clock was set back.
    if (restMs > 0 && restMs <= longestRestMs) {
      await sleep(restMs, false)
      return true
    }
    if (stopping.signal.aborted) return false
    woken = false
    const step = await ports.step(progress, stopping.signal).catch(failed)
    if (step.kind !== 'idle') return keep(ports, progress, step, stopping.signal)
    await sleep(idleMs, true)
    return true
  }

  const run = async (): Promise<void> => {
    for (let failures = 0, more = true; more && !stopping.signal.aborted; ) {
      try {
        more = await turn()
        failures = 0
      } catch (thrown) {
        // The workspace itself is away: its progress can be neither read nor kept.
        failures++
        ports.log.warn('A follower of the audit log cannot reach its progress', {
          follower: ports.name,
          error: asAppError(thrown).toShape(),
        })
        await sleep(backoffMs(failures, ports.random()), false)
      }
    }
  }

  const running = run()
  return {
    wake: () => {
      woken = true
      wakeUp.abort()
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

const failed = (thrown: unknown): Step => ({ kind: 'failed', error: asAppError(thrown) })

async function keep(ports: FollowerPorts, progress: Progress, step: Step, signal: AbortSignal): Promise<boolean> {
  if (step.kind === 'ended') {
    await ports.end(step.error)
    return false
  }
  const next = after(ports, progress, step, signal)
  return next === null ? false : ports.save(next)
}

/** The progress after a step; null when it was only interrupted by stopping. */
function after({ name, clock, log, random }: FollowerPorts, progress: Progress, step: Step, signal: AbortSignal) {
  if (step.kind === 'moved') {
    if (step.warning)
      log.warn('Part of the audit log was taken with a warning', { follower: name, error: step.warning.toShape() })
    const error = step.warning?.toShape() ?? null
    return { cursor: step.cursor, lastSuccessAt: iso(clock.now()), nextAttemptAt: null, error, failures: 0 }
  }
  if (step.kind !== 'failed' || signal.aborted) return null
  const failures = progress.failures + 1
  const waitMs = Math.min(longestRestMs, Math.max(step.afterMs ?? 0, backoffMs(failures, random())))
  log.warn('A follower of the audit log failed', { follower: name, failures, error: step.error.toShape() })
  return { ...progress, failures, nextAttemptAt: iso(clock.now() + waitMs), error: step.error.toShape() }
}
