import type { AuditEntry } from '#preload/security/audit.ts'

/** A batch of CloudEvents 1.0 (JSON event format, section 4). `source` and `id` together tell duplicates. */
export const cloudEvents = (entries: readonly AuditEntry[], instance: string): string =>
  JSON.stringify(
    entries.map((entry) => ({
      specversion: '1.0',
      id: `${entry.sequence}-${entry.leafHash}`,
      source: `urn:framework0:audit:${encodeURIComponent(instance)}`,
      type: 'framework0.audit.entry',
      time: entry.at,
      subject: entry.operation,
      datacontenttype: 'application/json',
      data: entry,
    })),
  )
