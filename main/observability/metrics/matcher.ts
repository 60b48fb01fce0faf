import { AppError } from '#preload/contract/error.ts'
import type { Labels } from './sample.ts'

export type MatchOperator = '=' | '!=' | '=~' | '!~'

/** A condition on one label. A missing label counts as the empty string, as in Prometheus. */
export type Matcher = {
  readonly name: string
  readonly operator: MatchOperator
  readonly value: string
  readonly matches: (value: string) => boolean
}

/**
 * Builds a matcher. Regular expressions match the whole value, as in Prometheus.
 * @throws AppError `invalid` when the expression is malformed, `unsupported` when RE2 and JavaScript read it differently.
 */
export function matcher(name: string, operator: MatchOperator, value: string): Matcher {
  switch (operator) {
    case '=':
      return { name, operator, value, matches: (candidate) => candidate === value }
    case '!=':
      return { name, operator, value, matches: (candidate) => candidate !== value }
    case '=~': {
      const pattern = anchored(value)
      return { name, operator, value, matches: (candidate) => pattern.test(candidate) }
    }
    case '!~': {
      const pattern = anchored(value)
      return { name, operator, value, matches: (candidate) => !pattern.test(candidate) }
    }
  }
}

export const matchesAll = (matchers: readonly Matcher[], labels: Labels): boolean =>
  matchers.every((each) => each.matches(labels[each.name] ?? ''))

const javascriptOnly = /\(\?(?:[=!]|<[=!])|\\[1-9k]/
const re2Only = /\[\[:|\\[AzQEC]|\\p\w/

function anchored(source: string): RegExp {
  if (javascriptOnly.test(source))
    throw new AppError('invalid', `The regular expression ${source} looks around or back, which RE2 does not know.`)
  if (re2Only.test(source))
    throw new AppError('unsupported', `The regular expression ${source} uses an RE2 class that is not supported here.`)
  const leading = /^\(\?([ims]+)\)/.exec(source)
  const flags = leading?.[1] ?? ''
  const body = source.slice(leading?.[0].length ?? 0).replaceAll('(?P<', '(?<')
  try {
    return new RegExp(`^(?:${body})$`, flags)
  } catch (error) {
    throw new AppError('invalid', `The regular expression ${source} is malformed.`, { cause: error })
  }
}
