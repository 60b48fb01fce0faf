import type { AuditEntry } from '#preload/security/audit.ts'
import type { Format, Material } from './material.ts'
import { visibleJson } from './visible.ts'

/** JSON Lines: one entry of the contract a line. */
export const jsonl: Format = { extension: 'jsonl', mediaType: 'application/x-ndjson', write: linesOf((entry) => entry) }

/** Each entry as `shape` makes it, one JSON document a line. */
export function linesOf(shape: (entry: AuditEntry) => unknown): Format['write'] {
  return async function* write({ batches }: Material): AsyncGenerator<Uint8Array> {
    for await (const batch of batches)
      yield Buffer.from(batch.map((entry) => `${visibleJson(shape(entry))}\n`).join(''))
  }
}
