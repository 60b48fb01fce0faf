import { chainStart, checkNext } from '#main/kernel/audit/chain.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { AuditEntry, AuditVerdict } from '#preload/security/audit.ts'

/** Recomputes the chain over batches of entries, in order. Yields to the event loop between batches. */
export async function verifyChain(
  batches: AsyncIterable<readonly AuditEntry[]>,
  clock: Clock,
  signal: AbortSignal,
): Promise<AuditVerdict> {
  let position = chainStart
  for await (const batch of batches) {
    signal.throwIfAborted()
    for (const entry of batch) {
      const next = checkNext(position, entry)
      if (typeof next === 'string')
        return { kind: 'broken', sequence: position.sequence + 1, reason: next, at: iso(clock.now()) }
      position = next
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { kind: 'intact', entries: position.sequence, head: position.hash, at: iso(clock.now()) }
}
