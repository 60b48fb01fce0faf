import { plural } from '../format.ts'
import type { Completion } from './completion.ts'
import type { Complete } from './use-completions.ts'

/** What stands at the caret of a matcher list, and where it begins. */
export type MatcherPlace =
  | { readonly kind: 'name'; readonly from: number; readonly typed: string }
  | { readonly kind: 'operator'; readonly from: number; readonly typed: string }
  | { readonly kind: 'value'; readonly from: number; readonly typed: string; readonly name: string }
  | { readonly kind: 'end'; readonly from: number }

const nameThen = /^\s*\{?\s*(?:"((?:[^"\\]|\\.)*)"|([a-zA-Z_:][\w:.-]*))/
const operators = ['=', '!=', '=~', '!~'] as const

/** The text of the matcher under the caret: after the last comma that stands outside of quotes. */
function currentStart(before: string): number {
  let quoted = false
  let start = 0
  for (let at = 0; at < before.length; at++) {
    if (before[at] === '\\' && quoted) at++
    else if (before[at] === '"') quoted = !quoted
    else if (before[at] === ',' && !quoted) start = at + 1
  }
  return start
}

const leadingSpace = (text: string): number => text.length - text.trimStart().length

/** Reads a matcher list (Alertmanager syntax) up to the caret: is a name, an operator or a value being written? */
export function matcherPlace(text: string, caret: number): MatcherPlace {
  const before = text.slice(0, caret)
  const start = currentStart(before)
  const piece = before.slice(start)
  const named = nameThen.exec(piece)
  const name = named?.[1] ?? named?.[2]
  const rest = piece.slice(named?.[0].length ?? 0)
  const closed = named?.[1] !== undefined
  if (named === null || name === undefined || (rest === '' && !closed)) {
    const written = /"?[\w:.-]*$/.exec(piece)?.[0] ?? ''
    return { kind: 'name', from: caret - written.length, typed: written.replace('"', '') }
  }
  const operator = /^\s*(=~|!~|!=|=)/.exec(rest)
  if (operator === null) {
    const typed = rest.trimStart()
    return { kind: 'operator', from: caret - typed.length, typed }
  }
  const written = rest.slice(operator[0].length)
  const typed = written.slice(leadingSpace(written))
  const from = caret - typed.length
  if (/^"(?:[^"\\]|\\.)*"\s*$/.test(typed) || (/^[^"\s]+\s+$/.test(typed) && !typed.startsWith('"')))
    return { kind: 'end', from: caret }
  return { kind: 'value', from, typed: typed.replace(/^"/, ''), name }
}

export type Counted = { readonly text: string; readonly count: number }

/** Where completions come from. */
export type MatcherVocabulary = {
  readonly names: (signal: AbortSignal) => Promise<readonly Counted[]>
  readonly values: (name: string, signal: AbortSignal) => Promise<readonly Counted[]>
}

const shown = 50

/** What begins with the typed text first, then what contains it; ignoring case. */
function ranked(words: readonly Counted[], typed: string): readonly Counted[] {
  const wanted = typed.toLowerCase()
  const found = words.filter(({ text }) => text.toLowerCase().includes(wanted))
  const begins = ({ text }: Counted) => (text.toLowerCase().startsWith(wanted) ? 0 : 1)
  return found.toSorted((left, right) => begins(left) - begins(right)).slice(0, shown)
}

const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

const plainName = /^[a-zA-Z_:][\w:.-]*$/

const operatorsAfter = (typed: string, from: number): readonly Completion[] =>
  operators
    .filter((operator) => operator.startsWith(typed))
    .map((operator) => ({ label: operator, insert: operator, from }))

/** Completes label names, operators and values of a matcher list. `unit` names what is counted: `alert`. */
export const completeMatchers =
  ({ names, values }: MatcherVocabulary, unit: string): Complete =>
  async (text, caret, signal): Promise<readonly Completion[]> => {
    const place = matcherPlace(text, caret)
    if (place.kind === 'end') return []
    const { from, typed } = place
    if (place.kind === 'operator') return operatorsAfter(typed, from)
    const isName = place.kind === 'name'
    const words = isName ? await names(signal) : await values(place.name, signal)
    const completions = ranked(words, typed).map(({ text: word, count }) => ({
      label: word,
      insert: isName && plainName.test(word) ? word : quoted(word),
      from,
      detail: plural(count, unit),
    }))
    // A name that is complete wants its operator, unless a longer one is meant.
    const whole = isName && words.some(({ text: word }) => word === typed)
    return whole ? [...operatorsAfter('', caret), ...completions.filter(({ label }) => label !== typed)] : completions
  }
