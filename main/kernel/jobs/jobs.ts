import { v7 as uuid } from 'uuid'
import { AppError } from '#preload/contract/error.ts'
import { type Clock, iso } from '../clock.ts'
import type { Log } from '../log/log.ts'
import { databaseTime, dialectOf } from '../store/portable.ts'
import type { Workspace } from '../store/workspace.ts'
import { createAlarm } from './alarm.ts'
import { againRefusal, cancelRefusal, isStranded, retryRefusal } from './choices.ts'
import { createEntries } from './entries.ts'
import { createJournal, type JobRow } from './journal.ts'
import type { HumanTask, JobKind, Jobs } from './kind.ts'
import { cancelled, keepLease, leaseEnd } from './lease.ts'
import { createListing } from './listing.ts'
import { deadlineOf, newJob, nextDue } from './new-job.ts'
import { type Brakes, carryOn, type RunPorts } from './run.ts'
import { createTracked } from './tracked.ts'

export type { JobContext, Jobs } from './kind.ts'

/** Another process has it, or its clock differs from ours: no need to ask again at once. */
const shortestWait = 1_000
const signalBytes = 256_000
/** When the journal cannot be read or written, it is asked again after this. */
const afterFailureMs = 2_000

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

type Running = { readonly brakes: Brakes; readonly done: Promise<void> }

/**
 * Durable jobs over a journal: functions of recorded steps that go on where they were after any stop.
 *
 * Where processes share the workspace, a job is run by the one that took its lease. The lease is renewed while the job
 * runs; when it runs out, another process takes the job, and whatever the first still wants to write is refused by its
 * fence. An effect that was under way then may happen twice, as after a crash: steps must bear that, or say how to find
 * out whether they happened (`StepOptions.reconcile`).
 *
 * A job that waits is a row and an entry of one alarm, no more.
 */
export function createJobs({ workspace, clock, log, onChange = () => {}, leaseMs = 30_000 }: Options): Jobs {
  const journal = createJournal(workspace)
  const entries = createEntries(workspace)
  const listing = createListing(workspace)
  const shared = dialectOf(workspace) === 'postgres'
  const owner = uuid()
  const kinds = new Map<string, JobKind>()
  const running = new Map<string, Running>()
  /** Jobs that were woken while the run that let them wait was about to end. */
  const again = new Set<string>()
  const alarm = createAlarm(clock, (id) => launch(id))
  const tracked = createTracked({ journal, clock, shared, onChange })
  let sweeping: NodeJS.Timeout | undefined
  let closed = false

  const now = (): Promise<string> => databaseTime(workspace, clock)
  const wakeAt = (id: string, at: string): void => alarm.set(id, Date.parse(at))

  const launch = (id: string, why: Why = 'due'): void => {
    if (closed) return
    if (running.has(id)) {
      if (why === 'due') again.add(id)
      return
    }
    alarm.clear(id)
    const brakes = { outer: new AbortController(), stop: new AbortController() }
    const done = execute(id, why, brakes)
      .catch((error: unknown) => {
        log.error('job journal failed', { id, error })
        // Its disk may be full, or its server away: what was due then is due still.
        alarm.set(id, clock.now() + afterFailureMs)
      })
      .finally(() => {
        running.delete(id)
        if (again.delete(id)) launch(id)
      })
    running.set(id, { brakes, done })
  }

  const execute = async (id: string, why: Why, brakes: Brakes): Promise<void> => {
    const known = await journal.find(id)
    const kind = known && kinds.get(known.kind)
    if (!kind) return
    const at = await now()
    const row = await journal.take({
      ...{ id, owner, now: at, until: leaseEnd(at, leaseMs) },
      early: why !== 'due',
      finished: why === 'by hand',
      seize: !shared,
    })
    if (!row) return leaveToOthers(id)
    onChange()
    const lease = { id, owner, fence: Number(row.fence) }
    const onCancelled = () => brakes.stop.abort(cancelled())
    const renewal = { workspace, clock, log, leaseMs, journal, lease, abort: brakes.outer, onCancelled }
    const stopRenewing = shared ? keepLease(renewal) : () => {}
    try {
      await carryOn(runPorts, { lease, row, kind, brakes })
    } finally {
      stopRenewing()
    }
  }

  /** Another process has it or has done it: looks again when its lease ends, or when it is due the next time. */
  const leaveToOthers = async (id: string): Promise<void> => {
    const row = await journal.find(id)
    const at = row && (row.state === 'running' ? row.lease_until : row.state === 'waiting' ? row.due_at : null)
    if (at) alarm.set(id, Math.max(Date.parse(at), clock.now() + shortestWait))
  }

  const kindOf = (name: string): JobKind => {
    const kind = kinds.get(name)
    if (!kind) throw new AppError('not_found', `There is no job kind ${name}.`)
    return kind
  }

  const find = async (id: string): Promise<JobRow> => {
    const row = await journal.find(id)
    if (!row) throw new AppError('not_found', 'This job is not in the journal any more.')
    return row
  }

  const create = async (kind: JobKind, input: unknown, key: string, dueAt: string | null, title?: string) => {
    const known = await journal.findByKey(key)
    if (known) return known.id
    const id = await journal.insert(newJob(iso(clock.now()), { kind, input, key, dueAt, title }))
    onChange()
    return id
  }

  const cancel = async (id: string, by: string | null): Promise<void> => {
    if (!(await journal.cancel(id, await now(), by))) return
    running.get(id)?.brakes.stop.abort(cancelled())
    onChange()
    launch(id)
  }

  const runPorts: RunPorts = {
    ...{ journal, entries, clock, log, now, onChange, wakeAt, cancel },
    launch: (id) => launch(id),
    childRow: (kind, input, parent) =>
      newJob(iso(clock.now()), { kind: kindOf(kind), input, key: `child:${uuid()}`, parent }),
  }

  /** Takes up what is unfinished and not on its way here already; on demand only what is due by then. */
  const takeUp = async (before: string | null): Promise<void> => {
    for (const row of await journal.unfinished(before)) {
      if (!kinds.has(row.kind) || running.has(row.id) || alarm.has(row.id)) continue
      const heldUntil = shared && row.owner !== null && row.owner !== owner ? row.lease_until : null
      const at = heldUntil ?? row.due_at
      if (at) wakeAt(row.id, at)
      else launch(row.id)
    }
  }

  /** Jobs of other processes that have gone since, and what a time without the server left behind. */
  const sweep = async (): Promise<void> => takeUp(leaseEnd(await now(), leaseMs))

  const heldElsewhere = async (row: JobRow): Promise<boolean> => {
    if (!shared || row.owner === null || row.owner === owner || row.lease_until === null) return false
    return row.lease_until > (await now())
  }

  return {
    define: (kind) => void kinds.set(kind.kind, kind),

    async start(kindName, input, idempotencyKey = uuid(), { title } = {}) {
      const id = await create(kindOf(kindName), input, idempotencyKey, null, title)
      const row = await journal.find(id)
      if (row?.state === 'waiting' && row.suspended === 0) launch(id, 'asked')
      return id
    },

    async resume() {
      for (const kind of kinds.values())
        if (kind.schedule) await create(kind, null, `schedule:${kind.kind}`, nextDue(kind, clock))
      await takeUp(null)
      if (!shared) return
      sweeping = setInterval(() => {
        sweep().catch((error: unknown) => log.warn('jobs not looked at', { error }))
      }, leaseMs / 2).unref()
    },

    async runNow(id) {
      const row = await journal.find(id)
      const kind = row && kinds.get(row.kind)
      if (!kind) throw new AppError('not_found', 'This job cannot be started by hand.')
      const refusal = await againRefusal(row, kind)
      if (refusal !== null) throw new AppError('conflict', `${row.title} was not begun again. ${refusal}`)
      const waits = row.state === 'waiting' && (row.suspended === 1 || row.cancelled_at !== null)
      if (waits || running.has(id) || (await heldElsewhere(row))) return false
      launch(id, 'by hand')
      return true
    },

    async signal(id, name, payload) {
      const text = JSON.stringify(payload ?? null)
      if (text.length > signalBytes)
        throw new AppError(
          'too_large',
          `The signal ${name} is larger than ${signalBytes / 1_000} kB, so it was not sent.`,
        )
      const row = await find(id)
      if (!(await entries.send(id, name, text, await now())))
        throw new AppError('conflict', `${row.title} has ended, so it takes no signal ${name}.`)
      onChange()
      launch(id)
    },

    async cancel(id, by) {
      const row = await find(id)
      const kind = kinds.get(row.kind)
      const refusal = cancelRefusal(row, kind)
      if (refusal !== null || !kind) throw new AppError('conflict', `${row.title} was not cancelled. ${refusal}`)
      if (!isStranded(row, kind)) return cancel(id, by ?? null)
      const at = iso(clock.now())
      const change = { state: 'cancelled', suspended: 0, cancelled_at: at, cancelled_by: by ?? null } as const
      if (!(await journal.updateEnded(id, Number(row.fence), { ...change, updated_at: at })))
        throw new AppError('conflict', `${row.title} was not cancelled: it was begun again meanwhile.`)
      onChange()
    },

    async answer(id, key, { choice, comment, by }) {
      const row = await find(id)
      const step = await entries.find(id, key)
      if (step?.kind !== 'task') throw new AppError('not_found', `${row.title} does not ask ${key}.`)
      const { choices } = JSON.parse(step.detail ?? '{}') as HumanTask
      if (!choices.some(({ value }) => value === choice))
        throw new AppError('invalid', `${choice} is not among the answers.`, { at: 'choice' })
      const at = await now()
      const ended = row.state !== 'waiting' && row.state !== 'running'
      const late = ended || row.cancelled_at !== null || row.ending !== null
      if (late || !(await entries.answer(id, key, JSON.stringify({ choice, comment, by, at }), at)))
        throw new AppError('conflict', 'It does not wait for this answer any more.', {
          hint: 'Somebody answered before you, its time is over, or the job was stopped.',
        })
      onChange()
      launch(id)
    },

    async retryFrom(id, stepKey) {
      const row = await find(id)
      const kind = kinds.get(row.kind)
      const refusal = await retryRefusal(row, kind)
      const refuse = (why: string) => new AppError('conflict', `${row.title} was not retried. ${why}`)
      if (refusal !== null || !kind) throw refuse(refusal ?? '')
      const steps = await entries.all(id)
      const from = steps.find(({ key }) => key === stepKey)
      if (!from) throw new AppError('not_found', `${row.title} has no step ${stepKey}.`)
      const undone = steps.filter(({ undo }) => undo !== null).map(({ ordinal }) => ordinal)
      const ordinal = Math.min(from.ordinal, ...undone)
      const whole = steps.every((step) => step.ordinal >= ordinal)
      if (!whole && isStranded(row, kind)) throw refuse('Its code is gone, so it can only begin at its first step.')
      const at = await now()
      const change = {
        ...({ state: 'waiting', due_at: at, error: null, progress: null, updated_at: at } as const),
        ...{ ending: null, cancelled_at: null, cancelled_by: null },
        ...(whole
          ? { suspended: 0, attempts: 0, begun_at: null, deadline: null }
          : { suspended: 1, attempts: 1, begun_at: at, deadline: deadlineOf(kind, at) }),
      }
      if (running.has(id) || !(await entries.forgetFrom(id, Number(row.fence), ordinal, change)))
        throw refuse('It has been begun meanwhile.')
      onChange()
      launch(id)
    },

    list: async () => [...tracked.shown(), ...(await listing.list())],
    detail: (id) => listing.detail(id, (name) => kinds.get(name)),
    track: tracked.track,
    untrack: tracked.untrack,
    forget: (prefix) => journal.removeBeginning(prefix),
    prune: (before) => journal.prune(before),

    async close() {
      closed = true
      clearInterval(sweeping)
      alarm.close()
      for (const { brakes } of running.values()) brakes.outer.abort()
      await Promise.all([...running.values()].map(({ done }) => done))
      if (shared) await journal.release(owner).catch((error: unknown) => log.warn('leases not given back', { error }))
    },
  }
}
