import { z } from 'zod'

/** One Alertmanager matcher. `isEqual: false` negates; a regular expression is RE2 and anchored at both ends. */
export const matcher = z.object({
  name: z.string().min(1, 'Name the label.').max(1_000),
  value: z.string().max(20_000),
  isRegex: z.boolean(),
  isEqual: z.boolean(),
})
export type Matcher = z.infer<typeof matcher>

export type MatchersResult =
  | { readonly kind: 'ok'; readonly matchers: readonly Matcher[] }
  | { readonly kind: 'error'; readonly offset: number; readonly message: string }

type Cursor = { readonly text: string; at: number }

class SyntaxFault extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

const operators = ['=~', '!~', '!=', '='] as const
type Operator = (typeof operators)[number]

export const operatorOf = (m: Pick<Matcher, 'isRegex' | 'isEqual'>): Operator =>
  m.isEqual ? (m.isRegex ? '=~' : '=') : m.isRegex ? '!~' : '!='

/**
 * Parses Alertmanager's matcher list: `severity="critical",service=~"pay.*"`, optionally in braces, with bare or
 * quoted values (https://prometheus.io/docs/alerting/latest/configuration/#matcher).
 *
 * @returns the matchers, or the offset (UTF-16 units) of the first fault and a sentence about it. Never throws.
 */
export function parseMatchers(text: string): MatchersResult {
  const cursor: Cursor = { text, at: 0 }
  try {
    return { kind: 'ok', matchers: readList(cursor) }
  } catch (fault) {
    if (fault instanceof SyntaxFault) return { kind: 'error', offset: fault.offset, message: fault.message }
    throw fault
  }
}

function readList(cursor: Cursor): Matcher[] {
  const matchers: Matcher[] = []
  skipSpace(cursor)
  const braced = take(cursor, '{')
  skipSpace(cursor)
  while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== '}') {
    matchers.push(readMatcher(cursor))
    skipSpace(cursor)
    if (!take(cursor, ',')) break
    skipSpace(cursor)
  }
  if (braced && !take(cursor, '}')) throw new SyntaxFault(cursor.at, 'A closing brace } is missing.')
  skipSpace(cursor)
  if (cursor.at < cursor.text.length) throw new SyntaxFault(cursor.at, 'Expected a comma before the next matcher.')
  return matchers
}

function readMatcher(cursor: Cursor): Matcher {
  const name = cursor.text[cursor.at] === '"' ? readQuoted(cursor) : readName(cursor)
  skipSpace(cursor)
  const operator = operators.find((candidate) => cursor.text.startsWith(candidate, cursor.at))
  if (!operator) throw new SyntaxFault(cursor.at, `Expected =, !=, =~ or !~ after ${name}.`)
  cursor.at += operator.length
  skipSpace(cursor)
  const start = cursor.at
  const value = cursor.text[cursor.at] === '"' ? readQuoted(cursor) : readBare(cursor)
  const isRegex = operator === '=~' || operator === '!~'
  if (isRegex) checkBrackets(value, start)
  return { name, value, isRegex, isEqual: operator === '=' || operator === '=~' }
}

function readName(cursor: Cursor): string {
  const found = /^[a-zA-Z_:][a-zA-Z0-9_:.-]*/.exec(cursor.text.slice(cursor.at))
  if (!found) throw new SyntaxFault(cursor.at, 'Expected a label name.')
  cursor.at += found[0].length
  return found[0]
}

function readBare(cursor: Cursor): string {
  const found = /^[^\s,{}"'=~!]*/.exec(cursor.text.slice(cursor.at))
  const value = found?.[0] ?? ''
  if (value === '') throw new SyntaxFault(cursor.at, 'Expected a value, for example "critical".')
  cursor.at += value.length
  return value
}

function readQuoted(cursor: Cursor): string {
  const start = cursor.at
  let value = ''
  for (let at = start + 1; at < cursor.text.length; at++) {
    const char = cursor.text[at]
    if (char === '"') {
      cursor.at = at + 1
      return value
    }
    if (char !== '\\') {
      value += char
      continue
    }
    at++
    const escaped = cursor.text[at]
    if (escaped === 'n') value += '\n'
    else if (escaped === '"' || escaped === '\\') value += escaped
    else value += `\\${escaped ?? ''}` // Alertmanager keeps unknown escapes, so that "\d+" stays a regular expression
  }
  throw new SyntaxFault(start, 'This quote is never closed.')
}

/** Catches the commonest regular-expression slip while typing; main compiles with RE2 and has the last word. */
function checkBrackets(pattern: string, start: number): void {
  let depth = 0
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++
    else if (pattern[at] === '(') depth++
    else if (pattern[at] === ')') depth--
    if (depth < 0) throw new SyntaxFault(start, 'The regular expression closes a bracket it never opened.')
  }
  if (depth > 0) throw new SyntaxFault(start, 'The regular expression leaves a bracket open.')
}

function skipSpace(cursor: Cursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? '')) cursor.at++
}

function take(cursor: Cursor, char: string): boolean {
  if (cursor.text[cursor.at] !== char) return false
  cursor.at++
  return true
}

const quote = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

/** One matcher as text that `parseMatchers` reads back to the same matcher. */
export function formatMatcher(m: Matcher): string {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:.-]*$/.test(m.name) ? m.name : quote(m.name)
  return `${name}${operatorOf(m)}${quote(m.value)}`
}

export const formatMatchers = (matchers: readonly Matcher[]): string => matchers.map(formatMatcher).join(',')
