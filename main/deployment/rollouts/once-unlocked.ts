import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, asAppError } from '#preload/contract/error.ts'

const tryEveryMs = 1_000

/**
 * Does something again until the vault, which it needs, is open.
 * @param onWait told once, before the first wait.
 * @param isStopped asked before each further try. @throws AppError `cancelled` when somebody stopped it meanwhile.
 */
export const onceUnlocked =
  (onWait: () => Promise<void>, isStopped: () => boolean = () => false) =>
  async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    for (let waits = 0; ; waits++) {
      try {
        return await work()
      } catch (thrown) {
        if (asAppError(thrown).code !== 'locked') throw thrown
        if (isStopped()) throw new AppError('cancelled', 'It was stopped while it waited for the vault.')
        if (waits === 0) await onWait()
        await sleep(tryEveryMs, undefined, { signal })
      }
    }
  }
