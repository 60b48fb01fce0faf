import { Cron } from 'croner'
import { v7 as uuid } from 'uuid'
import { AppError, asAppError, type ErrorShape } from '#preload/contract/error.ts'
import type { Job } from '#preload/lifecycle/operations.ts'
import { type Clock, iso } from '../clock.ts'
import type { Log } from '../log/log.ts'
import { databaseTime, dialectOf } from '../store/portable.ts'
import type { Workspace } from '../store/workspace.ts'
import { createJournal, hashInput, type JobRow, type Lease } from './journal.ts'
import { keepLease, leaseEnd, taken } from './lease.ts'

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
  /** Removes what the journal still has under keys that begin so; it came with a workspace that was moved here. */
  readonly forget: (prefix: string) => Promise<void>
  readonly prune: (before: string) => Promise<number>
  /** Stops timers and aborts what runs; it goes on at the next `resume`. */
  readonly close: () => Promise<void>
}

/** Timers stand still while a machine sleeps, so a due time further away is looked at by the clock in between. */
const longestTimer = 60_000
/** Another process has it, or its clock differs from ours: no need to ask again at once. */
const shortestWait = 1_000
const backoffMs = (attempt: number): number => Math.min(60_000, 1_000 * 2 ** (attempt - 1))

type Options = {
  readonly workspace: Workspace
  readonly clock: Clock
  readonly log: Log
  readonly onChange?: () => void
  /** How long a job belongs to the process that runs it without a sign of life, where several share the workspace. */
  readonly leaseMs?: number
}

/** Because it is due; because somebody asked for that work again; or by hand, which begins from its first step. */
type Why = 'due' | 'asked' | 'by hand'

type Running = { readonly abort: AbortController; readonly done: Promise<void> }

/**
 * Durable jobs over a journal: functions of recorded steps that go on where they were after any stop.
 *
 * Where processes share the workspace, a job is run by the one that took its lease. The lease is renewed while the job
 * runs; when it runs out, another process takes the job, and whatever the first still wants to write is refused by its
 * fence. An effect that was under way then may happen twice, as after a crash: steps must bear that.
 */
export function createJobs({ workspace, clock, log, onChange = () => {}, leaseMs = 30_000 }: Options): Jobs {
  const journal = createJournal(workspace)
  const shared = dialectOf(workspace) === 'postgres'
  const owner = uuid()
  const kinds = new Map<string, JobKind>()
  const running = new Map<string, Running>()
  const timers = new Map<string, NodeJS.Timeout>()
  const tracked = new Map<string, { id: string; seen: string; shown: Job | null }>()
  let sweeping: NodeJS.Timeout | undefined
  let closed = false

  const update = async (id: string, change: Partial<JobRow>): Promise<void> => {
    await journal.update(id, { ...change, updated_at: iso(clock.now()) })
    onChange()
  }

  /** @throws AppError `conflict` when another process has the job by now. */
  const updateOwned = async (lease: Lease, change: Partial<JobRow>): Promise<void> => {
    if (!(await journal.updateOwned(lease, { ...change, updated_at: iso(clock.now()) }))) throw taken()
    onChange()
  }

  const wait = (id: string, dueAt: string, atLeastMs = 0): void => {
    clearTimeout(timers.get(id))
    if (closed) return
    const delay = Math.min(longestTimer, Math.max(atLeastMs, Date.parse(dueAt) - clock.now()))
    timers.set(id, setTimeout(() => (Date.parse(dueAt) <= clock.now() ? launch(id) : wait(id, dueAt)), delay).unref())
  }

  const launch = (id: string, why: Why = 'due'): void => {
    if (closed || running.has(id)) return
    clearTimeout(timers.get(id))
    timers.delete(id)
    const abort = new AbortController()
    const done = execute(id, why, abort)
      .catch((error: unknown) => log.error('job journal failed', { id, error }))
      .finally(() => running.delete(id))
    running.set(id, { abort, done })
  }

  const execute = async (id: string, why: Why, abort: AbortController): Promise<void> => {
    const row = await journal.find(id)
    const kind = row && kinds.get(row.kind)
    if (!row || !kind) return
    const now = await databaseTime(workspace, clock)
    const lease = await journal.take({
      ...{ id, owner, now, until: leaseEnd(now, leaseMs) },
      early: why !== 'due',
      finished: why === 'by hand',
      seize: !shared,
    })
    if (!lease) return leaveToOthers(id)
    onChange()
    const stopRenewing = shared ? keepLease({ workspace, clock, log, leaseMs, journal, lease, abort }) : () => {}
    const attempts = row.attempts + 1
    try {
      if (why === 'by hand' || (kind.schedule && row.attempts === 0)) await journal.clearSteps(lease)
      await kind.run(contextFor(lease, abort.signal), JSON.parse(row.input))
      await succeed(lease, kind)
    } catch (thrown) {
      if (abort.signal.aborted) return // closing, or taken by another process: the job stays unfinished
      await fail(lease, kind, attempts, thrown)
    } finally {
      stopRenewing()
    }
  }

  /** Another process has it or has done it: looks again when its lease ends, or when it is due the next time. */
  const leaveToOthers = async (id: string): Promise<void> => {
    const row = await journal.find(id)
    const at = row && (row.state === 'running' ? row.lease_until : row.state === 'waiting' ? row.due_at : null)
    if (at) wait(id, at, shortestWait)
  }

  const contextFor = (lease: Lease, signal: AbortSignal): JobContext => ({
    id: lease.id,
    signal,
    async step(key, input, effect) {
      const inputHash = hashInput(input)
      const known = await journal.step(lease.id, key)
      if (known?.outcome === 'succeeded') {
        if (known.input_hash !== inputHash)
          throw new AppError('conflict', `Step ${key} was recorded with other input, so the job cannot go on.`)
        return JSON.parse(known.output)
      }
      signal.throwIfAborted()
      try {
        const value = await effect(signal)
        await record(lease, key, inputHash, 'succeeded', value)
        return value
      } catch (thrown) {
        if (!signal.aborted) await record(lease, key, inputHash, 'failed', asAppError(thrown).toShape())
        throw thrown
      }
    },
    progress: (text) => updateOwned(lease, { progress: text }),
  })

  const record = async (
    lease: Lease,
    key: string,
    inputHash: string,
    outcome: 'succeeded' | 'failed',
    output: unknown,
  ) => {
    const step = { job_id: lease.id, key, input_hash: inputHash, outcome, output: JSON.stringify(output ?? null) }
    if (!(await journal.recordStep(lease, { ...step, at: iso(clock.now()) }))) throw taken()
  }

  const done = { owner: null, lease_until: null } as const

  const succeed = async (lease: Lease, kind: JobKind): Promise<void> => {
    const dueAt = nextDue(kind)
    await updateOwned(lease, {
      ...done,
      state: dueAt ? 'waiting' : 'succeeded',
      due_at: dueAt,
      attempts: 0,
      error: null,
    })
    if (dueAt) wait(lease.id, dueAt)
  }

  const fail = async (lease: Lease, kind: JobKind, attempts: number, thrown: unknown): Promise<void> => {
    const error = asAppError(thrown)
    log.warn('job failed', { id: lease.id, kind: kind.kind, attempts, error: thrown })
    const again = attempts < kind.attempts && error.code !== 'conflict'
    const dueAt = again ? iso(clock.now() + backoffMs(attempts)) : nextDue(kind)
    await updateOwned(lease, {
      ...done,
      state: dueAt ? 'waiting' : 'failed',
      due_at: dueAt,
      attempts: again ? attempts : 0,
      error: JSON.stringify(error.toShape()),
    })
    if (dueAt) wait(lease.id, dueAt)
  }

  const nextDue = (kind: JobKind): string | null =>
    kind.schedule ? (new Cron(kind.schedule).nextRun(new Date(clock.now()))?.toISOString() ?? null) : null

  const create = async (kind: JobKind, input: unknown, key: string, dueAt: string | null): Promise<string> => {
    const known = await journal.findByKey(key)
    if (known) return known.id
    const now = iso(clock.now())
    const id = await journal.insert({
      id: uuid(),
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
      owner: null,
      lease_until: null,
      fence: 0,
    })
    onChange()
    return id
  }

  /** Takes up what is unfinished and not on its way here already. */
  const takeUp = async (): Promise<void> => {
    for (const row of await journal.unfinished()) {
      if (!kinds.has(row.kind) || running.has(row.id) || timers.has(row.id)) continue
      const heldUntil = shared && row.owner !== null && row.owner !== owner ? row.lease_until : null
      const at = heldUntil ?? row.due_at
      if (at) wait(row.id, at)
      else launch(row.id)
    }
  }

  return {
    define: (kind) => void kinds.set(kind.kind, kind),

    async start(kindName, input, idempotencyKey = uuid()) {
      const kind = kinds.get(kindName)
      if (!kind) throw new AppError('not_found', `There is no job kind ${kindName}.`)
      const id = await create(kind, input, idempotencyKey, null)
      if ((await journal.find(id))?.state === 'waiting') launch(id, 'asked')
      return id
    },

    async resume() {
      for (const kind of kinds.values())
        if (kind.schedule) await create(kind, null, `schedule:${kind.kind}`, nextDue(kind))
      await takeUp()
      if (!shared) return
      // Jobs of other processes that have gone since, and what a time without the server left behind.
      sweeping = setInterval(() => {
        takeUp().catch((error: unknown) => log.warn('jobs not looked at', { error }))
      }, leaseMs / 2).unref()
    },

    async runNow(id) {
      const row = await journal.find(id)
      if (!row || !kinds.has(row.kind)) throw new AppError('not_found', 'This job cannot be started by hand.')
      if (running.has(id) || (await heldElsewhere(row))) return false
      launch(id, 'by hand')
      return true
    },

    async list() {
      const shown = [...tracked.values()].flatMap((one) => (one.shown ? [one.shown] : []))
      return [...shown, ...(await journal.list(200))]
    },

    async track(key, kind, title, state) {
      const { error } = state
      const seen = JSON.stringify([title, state.state, error?.code ?? null, error?.message ?? null])
      const known = tracked.get(key)
      if (known?.seen === seen) return
      if (shared) return showOnly(key, kind, title, state, seen)
      const once = { kind, title, attempts: 1, run: async () => {} }
      const id = known?.id ?? (await create(once, null, key, state.dueAt))
      tracked.set(key, { id, seen, shown: null })
      await update(id, {
        title,
        state: state.state,
        due_at: state.dueAt,
        attempts: state.attempts,
        error: error ? JSON.stringify(error) : null,
        progress: state.progress,
      })
    },

    async untrack(key) {
      tracked.delete(key)
      const row = await journal.findByKey(key)
      if (row) await journal.remove(row.id)
      onChange()
    },

    forget: (prefix) => journal.removeBeginning(prefix),
    prune: (before) => journal.prune(before),

    async close() {
      closed = true
      clearInterval(sweeping)
      for (const timer of timers.values()) clearTimeout(timer)
      for (const { abort } of running.values()) abort.abort()
      await Promise.all([...running.values()].map(({ done }) => done))
      if (shared) await journal.release(owner).catch((error: unknown) => log.warn('leases not given back', { error }))
    },
  }

  async function heldElsewhere(row: JobRow): Promise<boolean> {
    if (!shared || row.owner === null || row.owner === owner || row.lease_until === null) return false
    return row.lease_until > (await databaseTime(workspace, clock))
  }

  /** Every process polls for itself, so where they share a journal each shows its own polling and writes none of it. */
  function showOnly(key: string, kind: string, title: string, state: TrackedState, seen: string): void {
    const now = iso(clock.now())
    const known = tracked.get(key)
    const id = known?.id ?? uuid()
    const createdAt = known?.shown?.createdAt ?? now
    tracked.set(key, { id, seen, shown: { id, kind, title, ...state, createdAt, updatedAt: now, steps: [] } })
    onChange()
  }
}
