import { asAppError } from '#preload/contract/error.ts'

/** What failed and what to do, for a dialog. */
export function sentenceOf(thrown: unknown): string {
  const { message, hint } = asAppError(thrown)
  return hint ? `${message} ${hint}` : message
}
