import { AppError } from '#preload/contract/error.ts'
import type { AuditEntry, AuditFilter } from '#preload/security/audit.ts'
import type { Step } from '../follow/follower.ts'
import type { Progress } from '../follow/progress.ts'
import type { Delivery, Target } from './target.ts'

export type Entries = (
  filter: AuditFilter,
  options: { readonly from?: number; readonly batch: number },
) => AsyncIterable<readonly AuditEntry[]>

const largestBatch = 500
/** Attempts that wait for an entry that is not there: it may be in a transaction that is not over yet. */
const patience = 3

/**
 * Steps that hand the log to a target in order. A batch that is rejected for what it holds is halved until the entry that
 * is to blame stands alone; before it nothing is held up, and after it nothing is sent, so that there is never a gap.
 */
export function deliverySteps(
  name: string,
  entries: Entries,
  target: Target,
): (progress: Progress, signal: AbortSignal) => Promise<Step> {
  let size = largestBatch
  return async (progress, signal) => {
    for (;;) {
      const batch = await next(entries, progress.cursor, size)
      const [first] = batch
      if (first === undefined) return { kind: 'idle' }
      if (first.sequence !== progress.cursor + 1 && progress.failures < patience)
        return { kind: 'failed', error: missing(progress.cursor + 1) }
      const ready = contiguous(batch)
      const delivery = await target.deliver(ready, signal)
      if (delivery.kind === 'rejected' && ready.length > 1) {
        size = Math.max(1, Math.floor(ready.length / 2))
        continue
      }
      if (delivery.kind === 'taken') size = Math.min(largestBatch, size * 2)
      return stepOf(name, delivery, ready)
    }
  }
}

async function next(entries: Entries, cursor: number, batch: number): Promise<readonly AuditEntry[]> {
  for await (const found of entries({}, { from: cursor + 1, batch })) return found.slice(0, batch)
  return []
}

/** Up to the first hole. */
function contiguous(batch: readonly AuditEntry[]): readonly AuditEntry[] {
  const start = batch[0]?.sequence ?? 0
  const hole = batch.findIndex(({ sequence }, n) => sequence !== start + n)
  return hole === -1 ? batch : batch.slice(0, hole)
}

function stepOf(name: string, delivery: Delivery, entries: readonly AuditEntry[]): Step {
  const last = entries.at(-1)?.sequence ?? 0
  switch (delivery.kind) {
    case 'taken':
      return { kind: 'moved', cursor: last, ...(delivery.warning ? { warning: delivery.warning } : {}) }
    case 'rejected':
      return { kind: 'failed', error: poisoned(name, last, delivery.error) }
    case 'later': {
      const { error, afterMs } = delivery
      return { kind: 'failed', error, ...(afterMs === undefined ? {} : { afterMs }) }
    }
    case 'gone':
      return { kind: 'ended', error: delivery.error }
  }
}

const missing = (sequence: number): AppError =>
  new AppError('storage', `Entry ${sequence} is missing from the log, so what follows waits for it.`, {
    hint: 'If it stays missing, the rest is sent without it. Verify the log.',
    retryable: true,
  })

const poisoned = (name: string, sequence: number, error: AppError): AppError =>
  new AppError(error.code, `${name} refuses entry ${sequence}, and nothing after it is sent. ${error.message}`, {
    hint: 'Raise the limits of the receiver; the entry is tried again by itself.',
    cause: error,
  })
