import { AppError } from '#preload/contract/error.ts'
import { type Clock, iso } from '../clock.ts'
import type { Log } from '../log/log.ts'
import { databaseTime } from '../store/portable.ts'
import type { Workspace } from '../store/workspace.ts'
import type { Journal, Lease } from './journal.ts'

type Options = {
  readonly workspace: Workspace
  readonly clock: Clock
  readonly log: Log
  readonly leaseMs: number
  readonly journal: Pick<Journal, 'renew'>
  readonly lease: Lease
  /** Aborted when the job may belong to another process. */
  readonly abort: AbortController
  readonly onCancelled: () => void
}

export const leaseEnd = (now: string, leaseMs: number): string => iso(Date.parse(now) + leaseMs)

/** `conflict`, so that the job is not tried again by whoever lost it. */
export const taken = (): AppError => new AppError('conflict', 'Another process carries this job out by now.')

/** Why a run is aborted whose job somebody cancels. */
export const cancelled = (): AppError => new AppError('cancelled', 'The job was cancelled.')

/**
 * Says every third of the lease that this process is alive, and learns whether another has cancelled the job. Without an
 * answer for a whole lease the job is let go: another may have it. @returns what stops it.
 */
export function keepLease(options: Options): () => void {
  const { workspace, clock, log, leaseMs, journal, lease, abort, onCancelled } = options
  let good = clock.monotonic()
  const renew = async (): Promise<void> => {
    const asked = clock.monotonic()
    const now = await databaseTime(workspace, clock)
    const answer = await journal.renew(lease, leaseEnd(now, leaseMs))
    if (answer === 'taken') return abort.abort(taken())
    good = asked
    if (answer === 'cancelled') onCancelled()
  }
  const timer = setInterval(() => {
    renew().catch((error: unknown) => {
      log.warn('lease of a job not renewed', { id: lease.id, error })
      if (clock.monotonic() - good >= leaseMs) abort.abort(taken())
    })
  }, leaseMs / 3).unref()
  return () => clearInterval(timer)
}
