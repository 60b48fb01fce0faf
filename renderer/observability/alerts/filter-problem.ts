import { asAppError } from '#preload/contract/error.ts'
import { formatMatcher, parseMatchers } from '#preload/observability/matchers.ts'

export type FilterProblem = { readonly offset: number; readonly message: string }

/** Where a list of matchers cannot be read. Syntax is checked with every keystroke, here. */
export function syntaxProblem(text: string): FilterProblem | null {
  const parsed = parseMatchers(text)
  return parsed.kind === 'error' ? parsed : null
}

/**
 * Where the application refused matchers that could be read: a regular expression that RE2 does not take. Its message
 * quotes the matcher, which tells the place. Null when the failure is about something else.
 */
export function refusedProblem(text: string, error: unknown): FilterProblem | null {
  const failure = error === null ? null : asAppError(error)
  if (failure === null || failure.code !== 'invalid') return null
  const parsed = parseMatchers(text)
  const refused =
    parsed.kind === 'ok'
      ? parsed.matchers.find((matcher) => failure.message.includes(formatMatcher(matcher)))
      : undefined
  const at = refused === undefined ? -1 : text.indexOf(refused.value)
  return { offset: Math.max(0, at), message: failure.message }
}
