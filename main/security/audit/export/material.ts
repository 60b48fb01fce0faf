import type { Clock } from '#main/kernel/clock.ts'
import type { AuditEntry, AuditFilter } from '#preload/security/audit.ts'
import type { Checkpoint } from '#preload/security/audit-integrity.ts'
import type { PdfInput } from './pdf-render.ts'

/** One file of an evidence package, its bytes made as they are asked for. */
export type EvidenceFile = { readonly name: string; readonly chunks: AsyncIterable<Uint8Array> }

/** What an export needs of the log. */
export type ExportPorts = {
  readonly clock: Clock
  /** Matching entries in ascending order, a batch at a time. */
  readonly entries: (
    filter: AuditFilter,
    options: { readonly from?: number; readonly batch: number },
  ) => AsyncIterable<readonly AuditEntry[]>
  readonly count: (filter: AuditFilter) => Promise<number>
  /** The newest signed checkpoint, or null before the first. */
  readonly latestCheckpoint: () => Promise<Checkpoint | null>
  /** `text` as a signed note (C2SP signed-note) of the log's key. */
  readonly sign: (text: string) => Promise<string>
  /** The files of an evidence package, in a fixed order: each file is read to its end before the next is asked for. */
  readonly evidenceFiles: (filter: AuditFilter) => AsyncIterable<EvidenceFile>
  /** Lays a PDF out, in another thread. */
  readonly renderPdf: (input: PdfInput) => Promise<Uint8Array>
}

/** What is being exported. */
export type Material = {
  readonly filter: AuditFilter
  /** Entries that match now; those appended meanwhile are left out. */
  readonly total: number
  readonly batches: AsyncIterable<readonly AuditEntry[]>
  /** The name of who asked for it. */
  readonly by: string
  /** When it was asked for, milliseconds since the epoch. */
  readonly at: number
}

/** A way to write entries down. */
export type Format = {
  readonly extension: string
  readonly mediaType: string
  /** The bytes, made as they are pulled. An empty chunk is a chance to tell progress. */
  readonly write: (material: Material, ports: ExportPorts) => AsyncIterable<Uint8Array>
}
