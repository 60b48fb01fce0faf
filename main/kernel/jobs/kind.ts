import type { ErrorShape } from '#preload/contract/error.ts'
import type { Job, JobDetail } from '#preload/lifecycle/operations.ts'

/** Whether an effect that was begun and whose end is not known has happened. */
export type Reconciled<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'not done' }

export type StepOptions<T> = {
  /** Tries within one run; 1 unless told otherwise. */
  readonly attempts?: number
  /** What is waited before the second try, doubled before each further one; 1,000 ms unless told otherwise. */
  readonly backoffMs?: number
  /** After this long the signal of the effect is aborted and the try has failed with `timeout`. */
  readonly timeoutMs?: number
  /**
   * For an effect that is not idempotent: asked before it is repeated, when an earlier run began it and recorded no end
   * and also when an earlier try failed, which may have happened all the same. An effect without it is simply repeated.
   */
  readonly reconcile?: (signal: AbortSignal) => Promise<Reconciled<T>>
  /**
   * Undoes the effect when the job fails for good or is cancelled. Called in reverse order of the steps with what the
   * step answered as JSON keeps it, and again when a kill fell into it, so it must be idempotent.
   */
  readonly compensate?: (value: T, signal: AbortSignal) => Promise<void>
}

export type Signalled = { readonly payload: unknown; readonly at: string }

export type HumanTask = {
  readonly title: string
  readonly text: string
  readonly choices: readonly { readonly value: string; readonly label: string }[]
  /** After this long nobody is waited for any more. */
  readonly timeoutMs?: number
}

export type Answer = { readonly choice: string; readonly comment: string; readonly by: string; readonly at: string }

export type LogLevel = 'info' | 'warning' | 'error'

/**
 * What the function of a job works with.
 *
 * `sleep`, `signalled`, `ask` and `child` wait durably: the job gives back its lease and its memory, its function is
 * left where it stands and never goes on (not even a `finally`), and when the wait ends it is called again and what is
 * recorded answers at once. So a job waits only while none of its steps is under way, and begins no step while it
 * waits; whoever tries gets `unsupported`. Waiting for all of several is allowed. What the function does outside steps
 * is done again each time.
 */
export type JobContext = {
  readonly id: string
  readonly signal: AbortSignal
  /**
   * Runs an effect once: when the job is resumed, a step that succeeded before with the same input answers what it
   * answered then. A failure that the function caught is thrown again while it is replayed; in the job's next attempt
   * the step is tried again. @throws AppError `conflict` when the recorded step was given other input.
   */
  readonly step: <T>(
    key: string,
    input: unknown,
    effect: (signal: AbortSignal) => Promise<T> | T,
    options?: StepOptions<T>,
  ) => Promise<T>
  /** A durable timer; it ends at the time it was first given. */
  readonly sleep: (key: string, ms: number) => Promise<void>
  /** The next signal of this name in the order they were sent, each taken once; null when `timeoutMs` passed. */
  readonly signalled: (
    key: string,
    name: string,
    options?: { readonly timeoutMs?: number },
  ) => Promise<Signalled | null>
  /** Takes a signal of this name if one is there; never waits. A replay answers the same. */
  readonly poll: (key: string, name: string) => Promise<Signalled | null>
  /** Waits until a person answers with one of the choices; null when `timeoutMs` passed. */
  readonly ask: (key: string, task: HumanTask) => Promise<Answer | null>
  /**
   * Starts a job of another kind, once, and waits until it ends. It is cancelled when this job is cancelled or fails.
   * @throws AppError its error when it failed, `cancelled` when it was cancelled.
   */
  readonly child: (key: string, kind: string, input: unknown) => Promise<void>
  readonly progress: (text: string) => Promise<void>
  /** A line of the job's own log. Not written again while recorded steps are replayed. */
  readonly log: (level: LogLevel, text: string) => Promise<void>
}

export type JobFunction = (job: JobContext, input: unknown) => Promise<void>

export type JobKind = {
  readonly kind: string
  readonly title: string
  /** Attempts before a failing job is given up. */
  readonly attempts: number
  /** Five-field cron pattern in local time for a job that comes back by itself. */
  readonly schedule?: string
  readonly run: JobFunction
  /** Of `run`; 1 unless told otherwise. Raised whenever a job begun by the old function could not go on in the new. */
  readonly version?: number
  /** The functions of earlier versions, by which jobs go on that they began. */
  readonly earlier?: Readonly<Record<number, JobFunction>>
  /** From its beginning, waits included. A job that takes longer fails for good. */
  readonly timeoutMs?: number
  /**
   * Why nobody may begin a job again by hand, or cancel it, where something else answers for what it does: a sentence for
   * a job with this input, null when it may be.
   */
  readonly byHand?: {
    readonly againRefusal?: (input: unknown) => Promise<string | null>
    readonly cancelRefusal?: string
  }
  /** What is shown of the input, which is then still redacted; nothing unless given. */
  readonly describe?: (input: unknown) => unknown
}

/** Work that something else carries out (a poller) but that a person wants to see among the jobs. */
export type TrackedState = {
  readonly state: Job['state']
  readonly dueAt: string | null
  readonly attempts: number
  readonly error: ErrorShape | null
  readonly progress: string | null
}

export type Jobs = {
  readonly define: (kind: JobKind) => void
  /** Starts or finds the job with this idempotency key. @returns its id. */
  readonly start: (
    kind: string,
    input: unknown,
    idempotencyKey?: string,
    options?: { readonly title?: string },
  ) => Promise<string>
  /** Takes up scheduled jobs and whatever an earlier run left unfinished. */
  readonly resume: () => Promise<void>
  /** Begins a job anew from its first step. @returns false when it is under way. @throws AppError `conflict` when its kind refuses. */
  readonly runNow: (id: string) => Promise<boolean>
  /** Sends a signal to a job, which takes it when it asks for it. @throws AppError `not_found`, `conflict` when it has ended. */
  readonly signal: (id: string, name: string, payload: unknown) => Promise<void>
  /**
   * Stops a job wherever it runs and undoes its steps in reverse. Resolves when that is certain to happen, not when it has.
   * @throws AppError `not_found`, `conflict` when there is nothing to cancel.
   */
  readonly cancel: (id: string, by?: string) => Promise<void>
  /** Answers a human task. @throws AppError `not_found`, `invalid` for another choice, `conflict` when it is too late. */
  readonly answer: (id: string, key: string, answer: Omit<Answer, 'at'>) => Promise<void>
  /**
   * Forgets a step and all after it, and what was undone before it, and begins again there.
   * @throws AppError `not_found`, `conflict` when the job is under way.
   */
  readonly retryFrom: (id: string, stepKey: string) => Promise<void>
  readonly list: () => Promise<Job[]>
  /** @throws AppError `not_found`. */
  readonly detail: (id: string) => Promise<JobDetail>
  /** Writes the journal only when the state or the error changes, not at every turn of the work. */
  readonly track: (key: string, kind: string, title: string, state: TrackedState) => Promise<void>
  readonly untrack: (key: string) => Promise<void>
  /** Removes what the journal still has under keys that begin so; it came with a workspace that was moved here. */
  readonly forget: (prefix: string) => Promise<void>
  /** Forgets jobs that ended before a moment, and log lines of others from before it. @returns how many jobs. */
  readonly prune: (before: string) => Promise<number>
  /** Stops timers and aborts what runs; it goes on at the next `resume`. */
  readonly close: () => Promise<void>
}

export const versionOf = (kind: JobKind): number => kind.version ?? 1

/** The function that a job goes on by; null when this application no longer has its version. */
export const functionOf = (kind: JobKind, version: number): JobFunction | null =>
  version === versionOf(kind) ? kind.run : (kind.earlier?.[version] ?? null)
