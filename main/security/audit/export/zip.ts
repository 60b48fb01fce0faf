import { type PassThrough, Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import type { EvidenceFile } from './material.ts'

const mode = 0o100644

/**
 * Files as a ZIP (APPNOTE 6.3), pulled: the next file is asked for when the one before is written. The same files give
 * the same bytes. Without `compress` they do so on every machine; deflate differs between builds of zlib.
 */
export async function* zip(files: AsyncIterable<EvidenceFile>, compress: boolean): AsyncGenerator<Uint8Array> {
  const archive = new ZipFile()
  const output = archive.outputStream as PassThrough
  const open = new Set<Readable>()
  const adding = add(archive, files, compress, open).catch((error: Error) => void output.destroy(error))
  try {
    yield* output as AsyncIterable<Uint8Array>
  } finally {
    for (const stream of open) stream.destroy()
    output.destroy()
    await adding
  }
}

async function add(
  archive: ZipFile,
  files: AsyncIterable<EvidenceFile>,
  compress: boolean,
  open: Set<Readable>,
): Promise<void> {
  // ZIP keeps local time, so a local time is written alike in every zone.
  const mtime = new Date(1981, 0, 1)
  for await (const { name, chunks } of files) {
    const content = Readable.from(chunks, { objectMode: false, highWaterMark: 64 * 1024 })
    open.add(content)
    archive.addReadStream(content, name, { mtime, mode, compress, forceDosTimestamp: true })
    await finished(content, { writable: false })
    open.delete(content)
  }
  archive.end()
}
