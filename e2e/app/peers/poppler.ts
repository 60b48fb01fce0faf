import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Runs one of the programs of poppler-utils, which read PDF files independently of what wrote them. */
export const poppler: (
  program: 'pdftotext' | 'pdfinfo' | 'pdfdetach',
  args: readonly string[],
) => Promise<{ stdout: string }> = promisify(execFile)
