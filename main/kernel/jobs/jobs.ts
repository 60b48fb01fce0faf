import { Cron } from 'croner'
import { v7 as uuid } from 'uuid'
import { AppError, asAppError, type ErrorShape } from '#preload/contract/error.ts'
import type { Job } from '#preload/lifecycle/operations.ts'
import { type Clock, iso } from '../clock.ts'
import type { Log } from '../log/log.ts'
import type { Workspace } from '../store/workspace.ts'
import { createJournal, hashInput, type JobRow } from './journal.ts'

/** What the function of a job works with. */
export type JobContext = {
  readonly id: string
  readonly signal: AbortSignal
  /**
   * Runs an effect once: when the job is resumed, a step that succeeded before with the same input answers what it
   * answered then. @throws AppError `conflict` when the recorded step was given other input.
   */
  readonly step: <T>(key: string, input: unknown, effect: (signal: AbortSignal) => Promise<T> | T) => Promise<T>
  readonly progress: (text: string) => Promise<void>
}

export type JobKind = {
  readonly kind: string
  readonly title: string
  /** Attempts before a failing job is given up. */
  readonly attempts: number
  /** Five-field cron pattern in local time for a job that comes back by itself. */
  readonly schedule?: string
  readonly run: (job: JobContext, input: unknown) => Promise<void>
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
  readonly start: (kind: string, input: unknown, idempotencyKey?: string) => Promise<string>
  /** Takes up scheduled jobs and whatever an earlier run left unfinished. */
  readonly resume: () => Promise<void>
  readonly runNow: (id: string) => Promise<boolean>
  readonly list: () => Promise<Job[]>
  /** Writes the journal only when the state or the error changes, not at every turn of the work. */
  readonly track: (key: string, kind: string, title: string, state: TrackedState) => Promise<void>
  readonly untrack: (key: string) => Promise<void>
  readonly prune: (before: string) => Promise<number>
  /** Stops timers and aborts what runs; it goes on at the next `resume`. */
  readonly close: () => Promise<void>
}

/** Timers stand still while a machine sleeps, so a due time further away is looked at by the clock in between. */
const longestTimer = 60_000
const backoffMs = (attempt: number): number => Math.min(60_000, 1_000 * 2 ** (attempt - 1))

type Options = {
  readonly workspace: Workspace
  readonly clock: Clock
  readonly log: Log
  readonly onChange?: () => void
}

/** Durable jobs over a journal: functions of recorded steps that go on where they were after any stop. */
export function createJobs({ workspace, clock, log, onChange = () => {} }: Options): Jobs {
  const journal = createJournal(workspace)
  const kinds = new Map<string, JobKind>()
  const running = new Map<string, { abort: AbortController; done: Promise<void> }>()
  const timers = new Map<string, NodeJS.Timeout>()
  const tracked = new Map<string, { id: string; seen: string }>()
  let closed = false

  const update = async (id: string, change: Partial<JobRow>): Promise<void> => {
    await journal.update(id, { ...change, updated_at: iso(clock.now()) })
    onChange()
  }

  const wait = (id: string, dueAt: string): void => {
    clearTimeout(timers.get(id))
    const delay = Math.min(longestTimer, Math.max(0, Date.parse(dueAt) - clock.now()))
    timers.set(id, setTimeout(() => (Date.parse(dueAt) <= clock.now() ? launch(id) : wait(id, dueAt)), delay).unref())
  }

  const launch = (id: string): void => {
    if (closed || running.has(id)) return
    timers.delete(id)
    const abort = new AbortController()
    const done = execute(id, abort.signal)
      .catch((error: unknown) => log.error('job journal failed', { id, error }))
      .finally(() => running.delete(id))
    running.set(id, { abort, done })
  }

  const execute = async (id: string, signal: AbortSignal): Promise<void> => {
    const row = await journal.find(id)
    const kind = row && kinds.get(row.kind)
    if (!row || !kind) return
    const attempts = row.attempts + 1
    await update(id, { state: 'running', attempts, due_at: null })
    try {
      await kind.run(contextFor(id, signal), JSON.parse(row.input))
      await succeed(id, kind)
    } catch (thrown) {
      if (signal.aborted) return // the application is closing: the job stays unfinished and is resumed
      await fail(id, kind, attempts, thrown)
    }
  }

  const contextFor = (id: string, signal: AbortSignal): JobContext => ({
    id,
    signal,
    async step(key, input, effect) {
      const inputHash = hashInput(input)
      const known = await journal.step(id, key)
      if (known?.outcome === 'succeeded') {
        if (known.input_hash !== inputHash)
          throw new AppError('conflict', `Step ${key} was recorded with other input, so the job cannot go on.`)
        return JSON.parse(known.output)
      }
      signal.throwIfAborted()
      try {
        const value = await effect(signal)
        await record(id, key, inputHash, 'succeeded', value)
        return value
      } catch (thrown) {
        if (!signal.aborted) await record(id, key, inputHash, 'failed', asAppError(thrown).toShape())
        throw thrown
      }
    },
    progress: (text) => update(id, { progress: text }),
  })

  const record = async (
    id: string,
    key: string,
    inputHash: string,
    outcome: 'succeeded' | 'failed',
    output: unknown,
  ) => {
    const at = iso(clock.now())
    await journal.recordStep({
      job_id: id,
      key,
      input_hash: inputHash,
      outcome,
      output: JSON.stringify(output ?? null),
      at,
    })
  }

  const succeed = async (id: string, kind: JobKind): Promise<void> => {
    const dueAt = nextDue(kind)
    await update(id, { state: dueAt ? 'waiting' : 'succeeded', due_at: dueAt, attempts: 0, error: null })
    if (dueAt) wait(id, dueAt)
  }

  const fail = async (id: string, kind: JobKind, attempts: number, thrown: unknown): Promise<void> => {
    const error = asAppError(thrown)
    log.warn('job failed', { id, kind: kind.kind, attempts, error: thrown })
    const again = attempts < kind.attempts && error.code !== 'conflict'
    const dueAt = again ? iso(clock.now() + backoffMs(attempts)) : nextDue(kind)
    await update(id, {
      state: dueAt ? 'waiting' : 'failed',
      due_at: dueAt,
      attempts: again ? attempts : 0,
      error: JSON.stringify(error.toShape()),
    })
    if (dueAt) wait(id, dueAt)
  }

  const nextDue = (kind: JobKind): string | null =>
    kind.schedule ? (new Cron(kind.schedule).nextRun(new Date(clock.now()))?.toISOString() ?? null) : null

  const create = async (kind: JobKind, input: unknown, key: string, dueAt: string | null): Promise<string> => {
    const known = await journal.findByKey(key)
    if (known) return known.id
    const now = iso(clock.now())
    const id = uuid()
    await journal.insert({
      id,
      kind: kind.kind,
      idempotency_key: key,
      title: kind.title,
      input: JSON.stringify(input ?? null),
      state: 'waiting',
      created_at: now,
      updated_at: now,
      due_at: dueAt,
      attempts: 0,
      error: null,
      progress: null,
    })
    onChange()
    return id
  }

  return {
    define: (kind) => void kinds.set(kind.kind, kind),

    async start(kindName, input, idempotencyKey = uuid()) {
      const kind = kinds.get(kindName)
      if (!kind) throw new AppError('not_found', `There is no job kind ${kindName}.`)
      const id = await create(kind, input, idempotencyKey, null)
      if ((await journal.find(id))?.state === 'waiting') launch(id)
      return id
    },

    async resume() {
      for (const kind of kinds.values())
        if (kind.schedule) await create(kind, null, `schedule:${kind.kind}`, nextDue(kind))
      for (const row of await journal.unfinished()) {
        const kind = kinds.get(row.kind)
        if (!kind) continue
        const startsNewRun = row.state === 'waiting' && row.attempts === 0
        if (startsNewRun && kind.schedule) await journal.clearSteps(row.id)
        if (row.due_at) wait(row.id, row.due_at)
        else launch(row.id)
      }
    },

    async runNow(id) {
      const row = await journal.find(id)
      if (!row || !kinds.has(row.kind)) throw new AppError('not_found', 'This job cannot be started by hand.')
      if (running.has(id)) return false
      clearTimeout(timers.get(id))
      await journal.clearSteps(id)
      launch(id)
      return true
    },

    list: () => journal.list(200),

    async track(key, kind, title, { state, dueAt, attempts, error, progress }) {
      const seen = JSON.stringify([title, state, error?.code ?? null, error?.message ?? null])
      const known = tracked.get(key)
      if (known?.seen === seen) return
      const id = known?.id ?? (await create({ kind, title, attempts: 1, run: async () => {} }, null, key, dueAt))
      tracked.set(key, { id, seen })
      await update(id, { title, state, due_at: dueAt, attempts, error: error ? JSON.stringify(error) : null, progress })
    },

    async untrack(key) {
      tracked.delete(key)
      const row = await journal.findByKey(key)
      if (row) await journal.remove(row.id)
      onChange()
    },

    prune: (before) => journal.prune(before),

    async close() {
      closed = true
      for (const timer of timers.values()) clearTimeout(timer)
      for (const { abort } of running.values()) abort.abort()
      await Promise.all([...running.values()].map(({ done }) => done))
    },
  }
}
