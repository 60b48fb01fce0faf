import { AppError, asAppError } from '#preload/contract/error.ts'
import { iso } from '../clock.ts'
import type { Entries } from './entries.ts'
import type { Journal, Suspension } from './journal.ts'
import { cancelled, taken } from './lease.ts'
import type { Held, Recorded } from './recorded.ts'
import type { StepRow } from './tables.ts'

/** What the journal says of a wait: nothing yet, or how it ended. */
type Ended = { readonly outcome: 'succeeded' | 'failed'; readonly output: string }

/** One thing that a job waits for. */
export type Wait = {
  readonly key: string
  readonly kind: Exclude<StepRow['kind'], 'step' | 'poll'>
  readonly hash: string
  readonly timeoutMs: number | null
  readonly detail: string | null
  /** Begins it; records `step` itself where more has to be written with it. @returns the row as it was recorded. */
  readonly begin?: (step: StepRow) => Promise<StepRow>
  /** Looks whether it has come; what it answers is recorded already. */
  readonly look?: (step: StepRow) => Promise<StepRow | null>
  /** What it answers when its time is over. */
  readonly overdue: Ended
}

type Ports = {
  readonly held: Held
  readonly recorded: Recorded
  readonly entries: Entries
  readonly journal: Journal
  /** The time of the database, by which waits end. */
  readonly now: () => Promise<string>
  /** Whether a step is under way, so that the job must not wait. */
  readonly busy: () => boolean
  /** Nothing new is done from here on. @returns a promise that never settles. */
  readonly halt: () => Promise<never>
  readonly onSuspended: (until: string | null) => void
}

type Pending = Wait & {
  readonly step: StepRow
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

const earliest = (times: readonly (string | null)[]): string | null =>
  times.reduce((first, time) => (first === null || (time !== null && time < first) ? time : first), null)

/**
 * The durable waits of one run. Those that the function begins at once are waited for together; when nothing is left to
 * do but wait, the lease is given back and the promises of the function never settle.
 */
export function createWaits({ held, recorded, entries, journal, now, busy, halt, onSuspended }: Ports) {
  const { lease, row, signal, collecting } = held
  const pending = new Map<string, Pending>()
  const beginning = new Set<Promise<StepRow>>()
  let looking: Promise<void> | null = null
  let gone = false

  const rejectAll = (reason: unknown): void => {
    for (const one of pending.values()) one.reject(reason)
    pending.clear()
  }
  signal.addEventListener('abort', () => rejectAll(signal.reason))

  /** Ends it in the journal unless somebody was faster; then what they wrote counts. */
  const endOverdue = async ({ step, overdue }: Pending, at: string): Promise<StepRow> => {
    const ended = { ...step, ...overdue, at, attempt: row.attempts }
    const written = await entries.endWait(lease, ended)
    if (written === 'taken') throw taken()
    return written === 'written' ? ended : ((await entries.find(lease.id, step.key)) ?? ended)
  }

  /** @returns whether something has come, and the function goes on. */
  const lookAt = async (): Promise<boolean> => {
    const at = await now()
    let any = false
    for (const one of [...pending.values()]) {
      const came = (await one.look?.(one.step)) ?? null
      const over = one.step.wakes_at !== null && one.step.wakes_at <= at
      const ended = came ?? (over ? await endOverdue(one, at) : null)
      if (!ended || !pending.delete(one.key)) continue
      recorded.keep(ended)
      any = true
      if (ended.outcome === 'failed') one.reject(AppError.fromShape(JSON.parse(ended.output)))
      else one.resolve(JSON.parse(ended.output))
    }
    return any
  }

  const suspend = async (): Promise<Suspension> => {
    const waits = [...pending.values()]
    const of = (kind: Wait['kind']) => waits.filter((wait) => wait.kind === kind)
    const until = earliest([...waits.map(({ step }) => step.wakes_at), row.deadline])
    const answer = await journal.suspend(lease, {
      signals: of('signal').map(({ detail }) => detail ?? ''),
      tasks: of('task').map(({ key }) => key),
      children: of('child').map(({ step }) => JSON.parse(step.detail ?? '{}').id),
      until,
      forward: true,
    })
    if (answer === 'suspended') {
      gone = true
      onSuspended(until)
    }
    return answer
  }

  const goOnOrSuspend = async (): Promise<void> => {
    while (pending.size > 0) {
      signal.throwIfAborted()
      if (await lookAt()) return soon()
      if (pending.size === 0) return
      const answer = await suspend()
      if (answer === 'suspended') return
      if (answer === 'taken') throw taken()
      if (answer === 'cancelled') throw cancelled()
    }
  }

  /** After the function has had its turn, which may begin more waits. */
  const soon = (): void => {
    setImmediate(() => {
      if (beginning.size > 0 || looking || gone || pending.size === 0) return
      looking = goOnOrSuspend()
        .catch((thrown: unknown) => rejectAll(asAppError(thrown)))
        .finally(() => {
          looking = null
          if (!gone && pending.size > 0) soon()
        })
    })
  }

  const begin = async (wait: Wait): Promise<StepRow> => {
    const { kind, key, hash, detail, timeoutMs } = wait
    const at = await now()
    const wakesAt = timeoutMs === null ? null : iso(Date.parse(at) + timeoutMs)
    const step = recorded.begin(key, at, { kind, inputHash: hash, detail, wakesAt })
    if (wait.begin) return wait.begin(step)
    await recorded.write(step)
    return step
  }

  const waitFor = async <T>(wait: Wait): Promise<T> => {
    const known = recorded.known(wait.key, wait.kind, wait.hash)
    if (known?.outcome === 'succeeded') return recorded.valueOf(known)
    const failure = recorded.failureOf(wait.key)
    if (failure) throw failure
    if (collecting) return halt()
    signal.throwIfAborted()
    if (busy()) throw notWhileBusy(wait.key)
    const begun = known?.outcome === 'started' ? Promise.resolve(known) : begin(wait)
    beginning.add(begun)
    const step = await begun.finally(() => beginning.delete(begun))
    recorded.pass(wait.key)
    signal.throwIfAborted()
    return new Promise<T>((resolve, reject) => {
      pending.set(wait.key, { ...wait, step, resolve: (value) => resolve(value as T), reject })
      soon()
    })
  }

  return {
    waitFor,
    waiting: () => beginning.size > 0 || pending.size > 0,
    /** Resolves when nothing of the waits is being written any more. */
    settled: async (): Promise<void> => {
      await Promise.allSettled(beginning)
      await looking
    },
  }
}

const notWhileBusy = (key: string): AppError =>
  new AppError('unsupported', `The job cannot wait for ${key} while a step of it is under way.`, {
    hint: 'Wait after the step has ended, or in a child job.',
  })

export const notWhileWaiting = (key: string): AppError =>
  new AppError('unsupported', `The job cannot begin step ${key} while it waits for something else.`, {
    hint: 'Begin the step after every wait has ended, or in a child job.',
  })
