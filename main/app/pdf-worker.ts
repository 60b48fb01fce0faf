import { parentPort, workerData } from 'node:worker_threads'
import { type PdfInput, renderPdf } from '#main/security/audit/export/pdf-render.ts'

/** Entry of a thread that lays out one PDF, so that nothing else waits for it. */
parentPort?.postMessage(await renderPdf(workerData as PdfInput))
