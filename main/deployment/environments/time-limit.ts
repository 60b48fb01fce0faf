import { createContext, runInContext } from 'node:vm'

/**
 * Runs synchronous work and stops it when it takes too long: a recurrence rule that never matches keeps ical.js searching
 * for ever, and no look at a clock from outside would interrupt it. @returns null when it was stopped.
 */
export function withinTime<T>(limitMs: number, work: () => T): T | null {
  const room: { work: () => void; done?: T } = {
    work: () => {
      room.done = work()
    },
  }
  try {
    runInContext('work()', createContext(room), { timeout: limitMs })
  } catch (thrown) {
    if (isTimeout(thrown)) return null
    throw thrown
  }
  return room.done ?? null
}

/** Thrown where the work is at that moment; must be let through. */
export const isTimeout = (thrown: unknown): boolean =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
