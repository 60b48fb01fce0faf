import { RE2JS } from 're2js'
import { AppError } from '#preload/contract/error.ts'
import { formatMatcher, type Matcher, parseMatchers } from '#preload/observability/matchers.ts'

type Labels = Readonly<Record<string, string>>
export type LabelTest = (labels: Labels) => boolean

/**
 * A test for a list of matchers, all of which must hold. As in Alertmanager, a label that is absent has the empty
 * value, and regular expressions are RE2 (linear time, whatever they are) anchored at both ends.
 *
 * @throws AppError `invalid` for an expression that RE2 refuses.
 */
export function compileMatchers(matchers: readonly Matcher[]): LabelTest {
  const tests = matchers.map(compile)
  return (labels) => tests.every((test) => test(labels))
}

function compile(matcher: Matcher): LabelTest {
  const { name, value, isEqual } = matcher
  if (!matcher.isRegex) return (labels) => ((labels[name] ?? '') === value) === isEqual
  const matches = compileRegex(matcher)
  return (labels) => matches(labels[name] ?? '') === isEqual
}

/** Label values repeat across alerts, so each distinct value is matched once. */
function compileRegex(matcher: Matcher): (value: string) => boolean {
  const pattern = parseRegex(matcher)
  const known = new Map<string, boolean>()
  return (value) => {
    const answer = known.get(value)
    if (answer !== undefined) return answer
    const fresh = pattern.matches(value)
    known.set(value, fresh)
    return fresh
  }
}

function parseRegex(matcher: Matcher): RE2JS {
  try {
    return RE2JS.compile(matcher.value, RE2JS.DOTALL)
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new AppError('invalid', `The regular expression in ${formatMatcher(matcher)} is wrong: ${why}.`, {
      hint: 'Alertmanager uses RE2 syntax: no look-ahead and no back-references.',
      cause: thrown,
    })
  }
}

/** Whether every alert would match, which neither Alertmanager nor we accept as a silence. */
export const matchesEverything = (matchers: readonly Matcher[]): boolean => compileMatchers(matchers)({})

/** Matchers from what a person typed. @throws AppError `invalid` with `at`, the offset of the fault. */
export function readMatchers(text: string): readonly Matcher[] {
  const parsed = parseMatchers(text)
  if (parsed.kind === 'ok') return parsed.matchers
  throw new AppError('invalid', parsed.message, {
    at: String(parsed.offset),
    hint: 'Example: severity="critical",team=~"pay.*"',
  })
}
