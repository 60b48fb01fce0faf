import { AppError } from '#preload/contract/error.ts'
import { type Clock, iso } from '../clock.ts'
import { carryOut, type Effect } from './effect.ts'
import type { Entries } from './entries.ts'
import { hashInput, type Journal } from './journal.ts'
import type { HumanTask, JobContext, StepOptions } from './kind.ts'
import { taken } from './lease.ts'
import { createRecorded, type Held, hashWait } from './recorded.ts'
import { shownText } from './shown.ts'
import type { JobRow, StepRow } from './tables.ts'
import { createWaits, notWhileWaiting } from './waits.ts'

export type ContextPorts = {
  readonly entries: Entries
  readonly journal: Journal
  readonly clock: Clock
  readonly now: () => Promise<string>
  /** The row of a job that does not run yet. @throws AppError `not_found` for a kind nobody has defined. */
  readonly childRow: (kind: string, input: unknown, parent: string) => JobRow
  readonly launch: (id: string) => void
  readonly onChange: () => void
}

/** How to undo one step, by what it answered. */
export type Undo = (signal: AbortSignal) => Promise<void>

export type OpenRun = {
  readonly context: JobContext
  /** How the steps that the function came by are undone. */
  readonly undos: ReadonlyMap<string, Undo>
  /** Resolves when the run has given up its lease, with when it goes on by itself. */
  readonly suspended: Promise<string | null>
  /** Resolves when a run that only collects has come to where the journal ends. */
  readonly halted: Promise<void>
  /** Refuses further steps and waits for those under way. */
  readonly close: () => Promise<void>
}

/** One run of a job's function over what is recorded of it. */
export function openRun(ports: ContextPorts, held: Held, loaded: readonly StepRow[]): OpenRun {
  const { entries, journal, clock, now } = ports
  const { lease, signal, collecting } = held
  const recorded = createRecorded(entries, held, loaded)
  const suspended = Promise.withResolvers<string | null>()
  const halted = Promise.withResolvers<void>()
  const undos = new Map<string, Undo>()
  const effects = new Set<Promise<unknown>>()
  let closed = false

  const halt = (): Promise<never> => {
    halted.resolve()
    return new Promise<never>(() => {})
  }
  const busy = (): boolean => effects.size > 0
  const waits = createWaits({ held, recorded, entries, journal, now, busy, halt, onSuspended: suspended.resolve })

  const refuseClosed = (): void => {
    if (closed) throw new AppError('cancelled', 'This run of the job has ended.')
  }

  const register = <T>(key: string, value: T, { compensate }: StepOptions<T>): T => {
    if (compensate) undos.set(key, (undoSignal) => compensate(value, undoSignal))
    return value
  }

  /** An effect whose end is not known may have to be undone, too. */
  const askFor = async <T>(step: StepRow | undefined, options: StepOptions<T>): Promise<void> => {
    if (!step || !options.reconcile || !options.compensate) return
    const found = await options.reconcile(signal)
    if (found.kind === 'not done') return
    await recorded.write({ ...step, outcome: 'succeeded', output: JSON.stringify(found.value ?? null) })
    register(step.key, found.value, options)
  }

  const step = async <T>(key: string, input: unknown, effect: Effect<T>, options: StepOptions<T> = {}): Promise<T> => {
    refuseClosed()
    const known = recorded.known(key, 'step', hashInput(input))
    if (known?.outcome === 'succeeded') return register(key, recorded.valueOf<T>(known), options)
    const failure = recorded.failureOf(key)
    if (collecting) await askFor(known, options)
    if (failure) throw failure
    if (collecting) return halt()
    if (waits.waiting()) throw notWhileWaiting(key)
    signal.throwIfAborted()
    const work = carryOut<T>({ held, recorded, clock }, { key, input, effect, options }, known)
    effects.add(work)
    const value = await work.finally(() => effects.delete(work))
    return register(key, value, options)
  }

  const poll: JobContext['poll'] = async (key, name) => {
    refuseClosed()
    const hash = hashWait(name)
    const known = recorded.known(key, 'poll', hash)
    if (known?.outcome === 'succeeded') return recorded.valueOf(known)
    if (collecting) return halt()
    signal.throwIfAborted()
    const begun = recorded.begin(key, iso(clock.now()), { kind: 'poll', inputHash: hash, detail: name })
    const ended = { ...begun, outcome: 'succeeded' } as const
    const found = await entries.takeSignal(lease, ended, name, true)
    if (found === 'taken') throw taken()
    recorded.keep({ ...ended, output: JSON.stringify(found) })
    return found
  }

  return {
    undos,
    suspended: suspended.promise,
    halted: halted.promise,
    async close() {
      closed = true
      await Promise.allSettled(effects)
      await waits.settled()
    },
    context: {
      id: lease.id,
      signal,
      step,
      poll,
      ...waitsOf(ports, held, waits.waitFor, recorded.write, refuseClosed),
      async progress(text) {
        if (recorded.replaying()) return
        if (!(await journal.updateOwned(lease, { progress: text, updated_at: iso(clock.now()) }))) throw taken()
        ports.onChange()
      },
      async log(level, text) {
        if (recorded.replaying()) return
        if (!(await entries.addLog(lease, { at: iso(clock.now()), level, text: shownText(text) }))) throw taken()
      },
    },
  }
}

const nothing = { outcome: 'succeeded', output: 'null' } as const

function waitsOf(
  ports: ContextPorts,
  { lease, row }: Held,
  waitFor: ReturnType<typeof createWaits>['waitFor'],
  write: (step: StepRow, child?: JobRow) => Promise<void>,
  refuseClosed: () => void,
): Pick<JobContext, 'sleep' | 'signalled' | 'ask' | 'child'> {
  const { entries, journal } = ports
  return {
    async sleep(key, ms) {
      refuseClosed()
      const overdue = nothing
      await waitFor({ key, kind: 'timer', hash: hashWait('timer'), timeoutMs: Math.max(0, ms), detail: null, overdue })
    },

    async signalled(key, name, { timeoutMs } = {}) {
      refuseClosed()
      const look = async (step: StepRow): Promise<StepRow | null> => {
        const ended = { ...step, outcome: 'succeeded', at: await ports.now(), attempt: row.attempts } as const
        const found = await entries.takeSignal(lease, ended, name, false)
        if (found === 'taken') throw taken()
        return found && { ...ended, output: JSON.stringify(found) }
      }
      const hash = hashWait(name)
      return waitFor({ key, kind: 'signal', hash, timeoutMs: timeoutMs ?? null, detail: name, look, overdue: nothing })
    },

    async ask(key, { title, text, choices, timeoutMs }) {
      refuseClosed()
      const task: HumanTask = { title, text: shownText(text), choices }
      const look = async ({ key: asked }: StepRow): Promise<StepRow | null> => {
        const found = await entries.find(lease.id, asked)
        return found?.outcome === 'succeeded' ? found : null
      }
      const detail = JSON.stringify(task)
      const hash = hashWait('task')
      return waitFor({ key, kind: 'task', hash, timeoutMs: timeoutMs ?? null, detail, look, overdue: nothing })
    },

    async child(key, kind, input) {
      refuseClosed()
      await waitFor({
        key,
        kind: 'child',
        hash: hashWait({ kind, input }),
        timeoutMs: null,
        detail: null,
        overdue: nothing,
        async begin(step) {
          const child = ports.childRow(kind, input, lease.id)
          const begun = { ...step, detail: JSON.stringify({ id: child.id, title: child.title }) }
          await write(begun, child)
          ports.launch(child.id)
          return begun
        },
        async look(step) {
          const child = await journal.find((JSON.parse(step.detail ?? '{}') as { id: string }).id)
          const ended = child === undefined ? lost(step) : endOf(child)
          if (!ended) return null
          const over = { ...step, ...ended, at: await ports.now(), attempt: row.attempts }
          await write(over)
          return over
        },
      })
    },
  }
}

const failed = (error: AppError) => ({ outcome: 'failed', output: JSON.stringify(error.toShape()) }) as const

const lost = ({ key }: StepRow) =>
  failed(new AppError('not_found', `The child job of ${key} is not in the journal any more.`))

function endOf({ state, title, error }: JobRow): Pick<StepRow, 'outcome' | 'output'> | null {
  if (state === 'succeeded') return nothing
  if (state === 'cancelled') return failed(new AppError('cancelled', `${title}, which it waited for, was cancelled.`))
  return state === 'failed' && error !== null ? { outcome: 'failed', output: error } : null
}
