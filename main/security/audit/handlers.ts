import type { Clock } from '#main/kernel/clock.ts'
import type { Handlers } from '#main/kernel/service.ts'
import type { AuditEntry, audit } from '#preload/security/audit.ts'
import { verifyChain } from './service.ts'
import type { AuditStore } from './store.ts'

type Ports = {
  readonly store: AuditStore
  readonly clock: Clock
  /** The whole log in order, a batch at a time. */
  readonly entries: () => AsyncIterable<readonly AuditEntry[]>
  readonly appends: (signal: AbortSignal) => AsyncIterable<{ sequence: number }>
}

export function auditHandlers({ store, clock, entries, appends }: Ports): Handlers<typeof audit> {
  return {
    list: async ({ offset, limit, ...filter }) => ({ offset, ...(await store.page(filter, offset, limit)) }),
    facets: () => store.facets(),
    verify: (_, { signal }) => verifyChain(entries(), clock, signal),
    watch: (_, { signal }) => appends(signal),
  }
}
