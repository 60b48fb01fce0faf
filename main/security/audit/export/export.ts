import { createHash } from 'node:crypto'
import { AppError } from '#preload/contract/error.ts'
import type { AuditEntry, AuditFilter, AuditFormat, ExportProgress } from '#preload/security/audit.ts'
import { csv } from './csv.ts'
import { evidence } from './evidence.ts'
import { jsonl } from './jsonl.ts'
import type { ExportPorts, Format } from './material.ts'
import { ocsf } from './ocsf.ts'
import { pdf } from './pdf.ts'
import { xlsx } from './xlsx.ts'

const formats: Readonly<Record<AuditFormat, Format>> = { csv, jsonl, ocsf, xlsx, pdf, evidence }
const batchSize = 1_000
const progressEveryMs = 100
const pieceSize = 64 * 1024

/**
 * Matching entries in a format, as bytes with progress between them, made only as fast as they are pulled. The last item
 * carries the name and the SHA-256 of all bytes before it. Entries appended after the start are left out.
 * @throws AppError `cancelled` once `signal` is aborted, `too_large` where a format has a limit.
 */
export async function* exportEntries(
  format: AuditFormat,
  filter: AuditFilter,
  ports: ExportPorts,
  signal: AbortSignal,
  by = 'the application',
): AsyncGenerator<ExportProgress | Uint8Array<ArrayBuffer>> {
  const { extension, mediaType, write } = formats[format]
  const at = ports.clock.now()
  const total = await ports.count(filter)
  const counted = { entries: 0 }
  const batches = countedBatches(ports.entries(filter, { batch: batchSize }), total, counted, signal)
  const sum = createHash('sha256')
  let bytes = 0
  const progress = (done: ExportProgress['done']): ExportProgress => ({ ...counted, total, bytes, done })
  let told = ports.clock.monotonic()
  yield progress(null)
  for await (const chunk of write({ filter, total, batches, by, at }, ports)) {
    refuseWhenCancelled(signal)
    sum.update(chunk)
    bytes += chunk.length
    yield* pieces(chunk)
    refuseWhenCancelled(signal)
    const now = ports.clock.monotonic()
    if (now - told < progressEveryMs) continue
    told = now
    yield progress(null)
  }
  refuseWhenCancelled(signal)
  if (format === 'evidence') counted.entries = total
  yield progress({ name: nameOf(at, extension), mediaType, sha256: sum.digest('hex') })
}

/**
 * Pieces that fit the windows of a transport, each with memory of its own: a view would be sent with everything behind it.
 */
function* pieces(chunk: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < chunk.length; at += pieceSize) yield new Uint8Array(chunk.subarray(at, at + pieceSize))
}

async function* countedBatches(
  batches: AsyncIterable<readonly AuditEntry[]>,
  total: number,
  counted: { entries: number },
  signal: AbortSignal,
): AsyncGenerator<readonly AuditEntry[]> {
  if (total === 0) return
  for await (const batch of batches) {
    refuseWhenCancelled(signal)
    const wanted = batch.slice(0, total - counted.entries)
    counted.entries += wanted.length
    yield wanted
    if (counted.entries === total) return
  }
}

function refuseWhenCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('cancelled', 'The export was cancelled.')
}

/** `audit-2026-01-31T10-00-00Z.csv`: fit for every file system. */
const nameOf = (at: number, extension: string): string =>
  `audit-${new Date(at).toISOString().slice(0, 19).replaceAll(':', '-')}Z.${extension}`
