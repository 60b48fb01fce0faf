import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#main/kernel/log/log.ts'
import type { HeldSockets } from './held-sockets.ts'
import type { FromWorker } from './messages.ts'
import { forkWorker, type WorkerHandle } from './worker-handle.ts'

type Options = {
  readonly size: number
  readonly sockets: HeldSockets
  readonly log: Log
  readonly heard: (message: FromWorker, worker: WorkerHandle) => void
  /** Has a new worker serve what is in force. One that cannot is ended. */
  readonly serve: (worker: WorkerHandle) => Promise<void>
  /** Runs work when no change is under way. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

/** A worker that lived so long did not end because of what it was started with. */
const soundAfterMs = 10_000
const againAfterMs = 100
const againAtMostAfterMs = 2_000

/** The workers of the gateway: as many as are wanted, each replaced when it ends. */
export function createCrew({ size, sockets, log, heard, serve, inTurn }: Options) {
  let workers: WorkerHandle[] = []
  const leaving = new Set<WorkerHandle>()
  let failures = 0
  let refilling = false
  let closed = false

  /** A worker that serves. One that cannot is ended, so that none is left over. */
  const start = async (): Promise<WorkerHandle> => {
    const worker = forkWorker(heard, sockets)
    try {
      await worker.ready
      await serve(worker)
      return worker
    } catch (error) {
      worker.kill()
      throw error
    }
  }
  const enlist = (worker: WorkerHandle): void => {
    workers.push(worker)
    void worker.gone.then(() => ended(worker))
  }
  const ended = (worker: WorkerHandle): void => {
    if (leaving.delete(worker)) return
    workers = workers.filter((each) => each !== worker)
    if (closed) return
    failures = Date.now() - Date.parse(worker.startedAt) > soundAfterMs ? 0 : failures + 1
    log.error('A gateway worker ended unexpectedly; another takes its place.', { pid: worker.pid })
    void refillUntilFull()
  }
  const refillUntilFull = async (): Promise<void> => {
    if (refilling) return
    refilling = true
    while (!closed && workers.length < size) {
      if (failures > 0) await sleep(Math.min(againAtMostAfterMs, againAfterMs * 2 ** (failures - 1)))
      await inTurn(refill).catch((error: unknown) => {
        failures++
        log.error('No gateway worker could be started; it is tried again.', { error })
      })
    }
    refilling = false
  }
  const refill = async (): Promise<void> => {
    while (!closed && workers.length < size) enlist(await start())
  }
  const sendAway = (worker: WorkerHandle, now: boolean): void => {
    leaving.add(worker)
    worker.tell({ kind: 'leave', now })
  }

  return {
    workers: (): readonly WorkerHandle[] => workers,
    /** Also those that only finish what they serve. */
    all: (): readonly WorkerHandle[] => [...workers, ...leaving],
    isFull: (): boolean => workers.length >= size,
    /** @throws when a worker cannot be started, or cannot serve. */
    refill,
    /** Puts a fresh one in the place of each. */
    async replace(): Promise<void> {
      const before = workers
      const started = await Promise.allSettled(before.map(start))
      const fresh = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      const failed = started.find((each) => each.status === 'rejected')
      if (failed) {
        for (const worker of fresh) worker.kill()
        throw failed.reason
      }
      workers = []
      for (const worker of fresh) enlist(worker)
      for (const worker of before) sendAway(worker, false)
    },
    async close(graceMs: number): Promise<void> {
      closed = true
      for (const worker of workers) sendAway(worker, true)
      for (const worker of leaving) worker.tell({ kind: 'leave', now: true })
      workers = []
      const gone = Promise.all([...leaving].map((worker) => worker.gone))
      await Promise.race([gone, sleep(graceMs, undefined, { ref: false })])
      for (const worker of leaving) worker.kill()
      await gone
    },
  }
}
