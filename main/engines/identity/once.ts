import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'

export type Once = {
  /**
   * Spends `id`, which nobody may present again until `expiresAt` (milliseconds since the epoch).
   * False if it was spent before.
   */
  spend(id: string, expiresAt: number): boolean
}

/** More than this many unfinished sign-ins at a time is an attack, not a Monday morning. */
const capacity = 100_000

/**
 * Remembers what was spent, in this process, until it would have expired anyway. What must be single use beyond a
 * restart, the caller deletes from where it keeps it as well. Refuses rather than forgets when it is full.
 */
export function createOnce(clock: Clock): Once {
  const spent = new Map<string, number>()
  return {
    spend: (id, expiresAt) => {
      const now = clock.now()
      if (spent.has(id)) return false
      if (spent.size >= capacity) for (const [old, until] of spent) if (until <= now) spent.delete(old)
      if (spent.size >= capacity)
        throw new AppError('refused', 'Too many people sign in at this moment.', {
          hint: 'Try again in a few minutes.',
          retryable: true,
        })
      spent.set(id, expiresAt)
      return true
    },
  }
}
