import type { Matcher } from '#preload/observability/matchers.ts'
import { formatMatchers, parseMatchers } from '#preload/observability/matchers.ts'

type Labels = Readonly<Record<string, string>>

/** Labels that tell most about where something is wrong, in this order; the name and severity stand elsewhere. */
const telling = ['service', 'namespace', 'app', 'instance', 'pod', 'node', 'job', 'device', 'mountpoint', 'team']
const shownElsewhere = new Set(['alertname', 'severity', 'environment', 'env'])
const shown = 3

const rank = (name: string): number => {
  const at = telling.indexOf(name)
  return at === -1 ? telling.length : at
}

/** The few labels a row has room for, most telling first. */
export const keyLabels = (labels: Labels): readonly (readonly [string, string])[] =>
  Object.entries(labels)
    .filter(([name]) => !shownElsewhere.has(name))
    .toSorted(([left], [right]) => rank(left) - rank(right))
    .slice(0, shown)

const sameLabel = (left: Matcher, right: Matcher): boolean => left.name === right.name && left.value === right.value

/**
 * A matcher list with a label added, `name="value"` or `name!="value"`. The same label, the other way round, is
 * replaced. A list that cannot be read is left alone.
 */
export function withLabel(text: string, name: string, value: string, isEqual: boolean): string {
  const parsed = parseMatchers(text)
  if (parsed.kind === 'error') return text
  const added: Matcher = { name, value, isRegex: false, isEqual }
  const others = parsed.matchers.filter((matcher) => matcher.isRegex || !sameLabel(matcher, added))
  return formatMatchers([...others, added])
}

/** How the inbox marks a text it shortened for the list. */
const isShortened = (text: string): boolean => text.length > 200 && text.endsWith('…')

/** Labels of a row whose name and value are whole, and so can be matched. */
export const wholeLabels = (labels: Labels): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter((pair) => !pair.some(isShortened)))

/** Whether the lists of a row leave something out. */
export const hasShortened = (labels: Labels): boolean => Object.entries(labels).flat().some(isShortened)
