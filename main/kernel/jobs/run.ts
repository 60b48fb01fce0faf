import { AppError, asAppError } from '#preload/contract/error.ts'
import { iso } from '../clock.ts'
import type { Log } from '../log/log.ts'
import { type ContextPorts, openRun } from './context.ts'
import type { Lease } from './journal.ts'
import { functionOf, type JobFunction, type JobKind, versionOf } from './kind.ts'
import { taken } from './lease.ts'
import { deadlineOf, nextDue } from './new-job.ts'
import type { Held } from './recorded.ts'
import type { JobRow } from './tables.ts'
import { undoSteps } from './undo.ts'

export type RunPorts = ContextPorts & {
  readonly log: Log
  /** Goes on with the job at this time. */
  readonly wakeAt: (id: string, at: string) => void
  /** Makes a job stop and be undone, wherever it runs. */
  readonly cancel: (id: string, by: string | null) => Promise<void>
}

/** What stops a run: `outer` when the process closes or has lost the job, `stop` when the job itself is to end. */
export type Brakes = { readonly outer: AbortController; readonly stop: AbortController }

/** The job that is carried out here, by what kind of function. */
type Taken = { readonly lease: Lease; readonly row: JobRow; readonly kind: JobKind; readonly brakes: Brakes }

type Outcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'suspended'; readonly until: string | null }
  | { readonly kind: 'failed'; readonly error: unknown }

const backoffMs = (attempt: number): number => Math.min(60_000, 1_000 * 2 ** (attempt - 1))
const longestTimer = 2 ** 31 - 1

/** Carries a job on that this process has taken: begins it, goes on with it, or undoes it. Throws only for the journal. */
export async function carryOn(ports: RunPorts, taking: Taken): Promise<void> {
  const { lease, brakes } = taking
  const row = taking.row.begun_at === null ? await begin(ports, taking) : taking.row
  const job = { ...taking, row }
  if (row.ending !== null) return undo(ports, job, row.ending, errorOf(row))
  if (row.cancelled_at !== null) return stopFor(ports, job, 'cancelled', null)
  const run = functionOf(job.kind, row.version)
  if (!run) return strand(ports, job)
  const outcome = await runFunction(ports, job, run)
  if (outcome.kind === 'suspended') {
    if (outcome.until !== null) ports.wakeAt(lease.id, outcome.until)
    return
  }
  if (outcome.kind === 'succeeded') return finish(ports, job, 'succeeded', null)
  if (brakes.outer.signal.aborted) return // closing, or taken by another process: the job stays unfinished
  await afterFailure(ports, job, outcome.error)
}

async function begin({ journal, now }: RunPorts, { lease, row, kind }: Taken): Promise<JobRow> {
  const at = await now()
  const beginning = { version: versionOf(kind), deadline: deadlineOf(kind, at) }
  if (!(await journal.begin(lease, { now: at, ...beginning }))) throw taken()
  return { ...row, ...beginning, begun_at: at, attempts: 1 }
}

async function runFunction(ports: RunPorts, { lease, row, brakes }: Taken, run: JobFunction): Promise<Outcome> {
  const { outer, stop } = brakes
  const held: Held = { lease, row, signal: AbortSignal.any([outer.signal, stop.signal]), collecting: false }
  const timer = await watchDeadline(ports, row, stop)
  const open = openRun(ports, held, await ports.entries.all(lease.id))
  const call = async (): Promise<Outcome> => {
    held.signal.throwIfAborted()
    await run(open.context, JSON.parse(row.input))
    return { kind: 'succeeded' }
  }
  const waits = open.suspended.then((until): Outcome => ({ kind: 'suspended', until }))
  try {
    return await Promise.race([call(), waits])
  } catch (error) {
    stop.abort(error) // whatever of it is still under way beside what failed
    return { kind: 'failed', error: stop.signal.reason }
  } finally {
    clearTimeout(timer)
    await open.close()
  }
}

async function watchDeadline({ now }: RunPorts, { deadline }: JobRow, stop: AbortController) {
  if (deadline === null) return undefined
  const ms = Math.min(longestTimer, Date.parse(deadline) - Date.parse(await now()))
  const late = () => stop.abort(new AppError('timeout', 'The job took longer than it may.'))
  if (ms > 0) return setTimeout(late, ms).unref()
  late()
  return undefined
}

/** Tries the job again, or gives it up. */
async function afterFailure(ports: RunPorts, job: Taken, thrown: unknown): Promise<void> {
  const { log, clock, journal, onChange, wakeAt } = ports
  const { lease, row, kind } = job
  if ((await journal.find(lease.id))?.cancelled_at) return stopFor(ports, job, 'cancelled', null)
  const error = asAppError(thrown)
  log.warn('job failed', { id: lease.id, kind: kind.kind, attempts: row.attempts, error: thrown })
  const late = row.deadline !== null && row.deadline <= (await ports.now())
  if (late || row.attempts >= kind.attempts || error.code === 'conflict') return stopFor(ports, job, 'failed', error)
  const dueAt = iso(clock.now() + backoffMs(row.attempts))
  const again = { state: 'waiting', suspended: 0, due_at: dueAt, attempts: row.attempts, error: textOf(error) } as const
  if (!(await journal.end(lease, { ...again, updated_at: iso(clock.now()) }, null))) throw taken()
  onChange()
  wakeAt(lease.id, dueAt)
}

/** Ends the job for good, once everything is undone that it did and can undo. */
async function stopFor(ports: RunPorts, job: Taken, ending: 'failed' | 'cancelled', error: AppError | null) {
  const { journal, entries, clock, onChange } = ports
  const { lease, row } = job
  const undoable = (await entries.all(lease.id)).some(({ compensable }) => compensable === 1)
  const children = await journal.unfinishedChildren(lease.id)
  if (!undoable && children.length === 0) return finish(ports, job, ending, error)
  const change = { ending, error: textOf(error), updated_at: iso(clock.now()) }
  if (!(await journal.updateOwned(lease, change))) throw taken()
  onChange()
  await undo(ports, { ...job, row: { ...row, ...change } }, ending, error)
}

async function undo(ports: RunPorts, job: Taken, ending: 'failed' | 'cancelled', error: AppError | null) {
  const { lease, row, kind, brakes } = job
  const run = functionOf(kind, row.version)
  if (!run) return strand(ports, job)
  if (await waitForChildren(ports, lease)) return
  const held: Held = { lease, row, signal: brakes.outer.signal, collecting: true }
  let left: readonly string[]
  try {
    left = await undoSteps(ports, held, run)
  } catch (thrown) {
    if (brakes.outer.signal.aborted) return // it goes on wherever the job is taken up next
    throw thrown
  }
  if (left.length === 0) return finish(ports, job, ending, error, { progress: 'What it did is undone.' })
  const first = error?.message ?? 'The job was cancelled.'
  const code = error?.code ?? 'cancelled'
  const hint = 'See the log of the job for what was left as it is, and put it right by hand.'
  await finish(ports, job, ending, new AppError(code, [first, ...left].join(' '), { hint }), {
    progress: 'Not everything that it did is undone.',
  })
}

/** Its children end first. @returns whether there are any; the last of them wakes this job. */
async function waitForChildren({ journal, cancel }: RunPorts, lease: Lease): Promise<boolean> {
  for (;;) {
    const unfinished = await journal.unfinishedChildren(lease.id)
    if (unfinished.length === 0) return false
    for (const { id, cancelled_at } of unfinished) if (cancelled_at === null) await cancel(id, 'the job that began it')
    const children = unfinished.map(({ id }) => id)
    const waited = { signals: [], tasks: [], children, until: null, forward: false }
    const answer = await journal.suspend(lease, waited)
    if (answer === 'taken') throw taken()
    if (answer === 'suspended') return true
  }
}

/** Its code is gone: a person decides. */
async function strand(ports: RunPorts, job: Taken): Promise<void> {
  const error = new AppError(
    'unsupported',
    `It was begun by version ${job.row.version} of its code, which this application no longer has.`,
    { hint: 'Retry it from its first step, or cancel it; what it has done is then not undone.' },
  )
  await finish(ports, job, 'failed', error, { suspended: 1 })
}

async function finish(
  ports: RunPorts,
  { lease, row, kind }: Taken,
  state: 'succeeded' | 'failed' | 'cancelled',
  error: AppError | null,
  more: Partial<JobRow> = {},
): Promise<void> {
  const { journal, clock, wakeAt, launch, onChange } = ports
  const dueAt = more.suspended === 1 ? null : nextDue(kind, clock)
  const again = dueAt === null ? {} : { begun_at: null, deadline: null }
  const told = state === 'cancelled' && dueAt === null ? {} : { cancelled_at: null, cancelled_by: null }
  const change = {
    ...{
      state: dueAt ? ('waiting' as const) : state,
      due_at: dueAt,
      attempts: 0,
      suspended: 0,
      ending: null,
      error: textOf(error),
    },
    ...{ ...again, ...told, ...more, updated_at: iso(clock.now()) },
  }
  if (!(await journal.end(lease, change, row.parent))) throw taken()
  onChange()
  if (dueAt) wakeAt(lease.id, dueAt)
  if (row.parent !== null) launch(row.parent)
}

const textOf = (error: AppError | null): string | null => (error === null ? null : JSON.stringify(error.toShape()))

const errorOf = ({ error }: JobRow): AppError | null => (error === null ? null : AppError.fromShape(JSON.parse(error)))
