import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { PdfInput } from '#main/security/audit/export/pdf-render.ts'

/** Lays a PDF out in a thread of its own. @param entry file of the thread. */
export const renderPdfAside =
  (entry: string) =>
  async (input: PdfInput): Promise<Uint8Array> => {
    const worker = new Worker(entry, { workerData: input })
    try {
      const [bytes] = await once(worker, 'message') // rejects on `error`
      return bytes as Uint8Array
    } finally {
      await worker.terminate()
    }
  }
