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
  readonly journal: Pick<Journal, 'updateOwned'>
  readonly lease: Lease
  /** Aborted when the job may belong to another process. */
  readonly abort: AbortController
}

export const leaseEnd = (now: string, leaseMs: number): string => iso(Date.parse(now) + leaseMs)

/** `conflict`, so that the job is not tried again by whoever lost it. */
export const taken = (): AppError => new AppError('conflict', 'Another process carries this job out by now.')

/**
 * Says every third of the lease that this process is alive. Without an answer for a whole lease the job is let go:
 * another may have it. @returns what stops it.
 */
export function keepLease({ workspace, clock, log, leaseMs, journal, lease, abort }: Options): () => void {
  let good = clock.monotonic()
  const renew = async (): Promise<void> => {
    const asked = clock.monotonic()
    const now = await databaseTime(workspace, clock)
    if (await journal.updateOwned(lease, { lease_until: leaseEnd(now, leaseMs) })) good = asked
    else abort.abort(taken())
  }
  const timer = setInterval(() => {
    renew().catch((error: unknown) => {
      log.warn('lease of a job not renewed', { id: lease.id, error })
      if (clock.monotonic() - good >= leaseMs) abort.abort(taken())
    })
  }, leaseMs / 3).unref()
  return () => clearInterval(timer)
}
