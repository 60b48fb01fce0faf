import { asAppError } from '#preload/contract/error.ts'

/** A failure as one sentence or two, for beside a field; undefined where nothing failed. */
export function sentenceOf(error: unknown): string | undefined {
  if (error === null || error === undefined) return undefined
  const { message, hint } = asAppError(error)
  return hint === undefined ? message : `${message} ${hint}`
}
