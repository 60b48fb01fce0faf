import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { asAppError } from '#preload/contract/error.ts'
import { iso } from '../clock.ts'
import { type ContextPorts, openRun, type Undo } from './context.ts'
import type { JobFunction } from './kind.ts'
import { taken } from './lease.ts'
import type { Held } from './recorded.ts'
import { shownText } from './shown.ts'
import type { StepRow } from './tables.ts'

const tries = 3
const backoffMs = 1_000

/**
 * Undoes the steps of a job in reverse. How a step is undone is known to the function alone, so it is replayed up to
 * where the journal ends. A kill in between is no matter: what is undone is recorded step by step.
 *
 * @returns the steps that could not be undone, each with why, as sentences.
 */
export async function undoSteps(ports: ContextPorts, held: Held, run: JobFunction): Promise<readonly string[]> {
  const undos = await collect(ports, held, run)
  const steps = (await ports.entries.all(held.lease.id)).filter(
    ({ compensable, outcome, undo }) => compensable === 1 && outcome !== 'failed' && undo !== 'succeeded',
  )
  const left: string[] = []
  for (const [at, step] of steps.toReversed().entries()) {
    const undo = undos.get(step.key)
    await tell(ports, held, `Undoing ${step.key}, ${at + 1} of ${steps.length}`)
    const why = undo ? await undoStep(ports, held, step, undo) : unknown(step)
    if (why === null) continue
    left.push(why)
    await ports.entries.addLog(held.lease, { at: iso(ports.clock.now()), level: 'error', text: why })
  }
  return left
}

const unknown = ({ key, outcome }: StepRow): string =>
  outcome === 'started'
    ? `Step ${key} was under way, and whether it took effect is not known, so it was not undone.`
    : `Step ${key} was not undone: the job did not come by it again.`

async function collect(ports: ContextPorts, held: Held, run: JobFunction): Promise<ReadonlyMap<string, Undo>> {
  const open = openRun(ports, held, await ports.entries.all(held.lease.id))
  // What it throws is why it failed, which is recorded.
  const ran = run(open.context, JSON.parse(held.row.input)).catch(() => {})
  await Promise.race([ran, open.halted])
  await turn() // other branches of the function may still have recorded steps to come by
  held.signal.throwIfAborted()
  await open.close()
  return open.undos
}

async function tell({ journal, clock, onChange }: ContextPorts, { lease }: Held, progress: string): Promise<void> {
  if (!(await journal.updateOwned(lease, { progress, updated_at: iso(clock.now()) }))) throw taken()
  onChange()
}

/** @returns why it could not be undone; null when it was. */
async function undoStep({ entries, clock }: ContextPorts, held: Held, step: StepRow, undo: Undo) {
  const record = async (change: Partial<StepRow>): Promise<void> => {
    if (!(await entries.recordUndo(held.lease, step.key, iso(clock.now()), change))) throw taken()
  }
  for (let tried = 1; ; tried++) {
    held.signal.throwIfAborted()
    await record({ undo: 'started', undo_began_at: iso(clock.now()), undo_at: null, undo_error: null })
    try {
      await undo(held.signal)
      await record({ undo: 'succeeded', undo_at: iso(clock.now()) })
      return null
    } catch (thrown) {
      held.signal.throwIfAborted()
      const error = asAppError(thrown)
      await record({ undo: 'failed', undo_at: iso(clock.now()), undo_error: JSON.stringify(error.toShape()) })
      if (tried === tries || error.code === 'conflict')
        return shownText(`Step ${step.key} could not be undone: ${error.message}`)
    }
    await sleep(backoffMs * 2 ** (tried - 1), undefined, { signal: held.signal, ref: false })
  }
}
