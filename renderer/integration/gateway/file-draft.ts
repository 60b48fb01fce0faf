import type { GatewayImport } from '#preload/integration/gateway.ts'
import { exampleFile } from './example.ts'

/** What a file that is not saved yet begins with. */
export type FileDraft = {
  readonly name: string
  readonly text: string
  /** What of the document it was made from it does not say. */
  readonly findings: GatewayImport['findings']
}

export const blankDraft: FileDraft = { name: '', text: exampleFile, findings: [] }
