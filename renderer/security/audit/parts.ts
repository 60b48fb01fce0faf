const batchBytes = 4 * 1024 * 1024

/**
 * Collects the chunks of a file. A Blob may be kept on disk by the browser and an array may not, so chunks become Blobs
 * as soon as there are enough: a large export does not stay in the memory of the page.
 */
export function createParts() {
  const blobs: Blob[] = []
  let batch: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  const flush = (): void => {
    if (batch.length > 0) blobs.push(new Blob(batch))
    batch = []
    size = 0
  }
  return {
    add(chunk: Uint8Array): void {
      batch.push(new Uint8Array(chunk))
      size += chunk.byteLength
      if (size >= batchBytes) flush()
    },
    join(mediaType: string): Blob {
      flush()
      return new Blob(blobs, { type: mediaType })
    },
  }
}
