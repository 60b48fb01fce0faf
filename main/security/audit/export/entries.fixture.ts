import { manualClock } from '#main/kernel/clock.ts'
import type { AuditEntry, AuditFilter } from '#preload/security/audit.ts'
import type { ExportPorts } from './material.ts'
import { renderPdf } from './pdf-render.ts'

/** An entry as the log holds it; for tests and benches. */
export const entryOf = (sequence: number, changes: Partial<AuditEntry> = {}): AuditEntry => ({
  sequence,
  at: new Date(Date.UTC(2026, 0, 1) + sequence * 1_000).toISOString(),
  subject: 'subject-7',
  actor: 'Ada Lovelace',
  via: 'desktop',
  source: '10.0.0.7',
  session: 'session-3',
  operation: 'alerts.acknowledge',
  environments: ['prod'],
  targets: [`0198c0de-0000-7000-8000-${String(sequence).padStart(12, '0')}`],
  before: null,
  after: { note: `known since ${sequence}` },
  outcome: 'succeeded',
  error: null,
  correlationId: `correlation-${sequence}`,
  policies: ['role-sre'],
  approval: null,
  leafHash: 'ab'.repeat(32),
  pruned: false,
  ...changes,
})

/** Ports over entries that are made as they are read. The signature is a label that tests can find, not a real one. */
export function portsOver(
  size: number,
  make: (sequence: number) => AuditEntry = (sequence) => entryOf(sequence),
): ExportPorts {
  async function* entries(_: AuditFilter, { from = 1, batch }: { readonly from?: number; readonly batch: number }) {
    for (let at = from; at <= size; at += batch)
      yield Array.from({ length: Math.min(batch, size - at + 1) }, (_, n) => make(at + n))
  }
  return {
    clock: manualClock(),
    entries,
    count: () => Promise.resolve(size),
    latestCheckpoint: () => Promise.resolve(null),
    sign: (text) => Promise.resolve(`${text}\n— test.key AAAA\n`),
    async *evidenceFiles() {},
    renderPdf,
  }
}
