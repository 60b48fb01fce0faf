import { canonical } from '#main/kernel/audit/canonical.ts'
import type { Clock } from '#main/kernel/clock.ts'

const rememberedMs = 10 * 60_000
const mostRemembered = 10_000

/** Where a page of an answer begins does not make it another question. */
const questionOf = (input: unknown): unknown => {
  const { offset, limit, ...question } = (input ?? {}) as Readonly<Record<string, unknown>>
  return question
}

/**
 * Which readings are worth an audit entry: one for each question of a session in ten minutes. Without this a screen that
 * follows the log would write to it for every page it draws, and be told of its own writing.
 */
export function createReadings(clock: Clock) {
  const seen = new Map<string, number>()
  return {
    isNew(session: string, operation: string, input: unknown): boolean {
      const key = `${session} ${operation} ${canonical(questionOf(input))}`
      const now = clock.monotonic()
      const before = seen.get(key)
      if (before !== undefined && now - before < rememberedMs) return false
      if (seen.size >= mostRemembered) seen.clear()
      seen.set(key, now)
      return true
    },
  }
}
