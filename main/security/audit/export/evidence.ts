import type { Format } from './material.ts'
import { zip } from './zip.ts'

/**
 * The evidence package: what `framework0-verify` checks without us. Byte-for-byte reproducible, therefore stored and not
 * compressed, without times or modes of the machine.
 */
export const evidence: Format = {
  extension: 'zip',
  mediaType: 'application/zip',
  write: ({ filter }, { evidenceFiles }) => zip(evidenceFiles(filter), false),
}
