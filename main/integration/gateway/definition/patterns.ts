import { RE2JS } from 're2js'

const longest = 1_000
/** RE2 unrolls counted repetition; the product of all counts bounds what a pattern becomes. */
const repeatedAtMost = 10_000

/** Why a pattern is not taken; null where it is. Patterns come from outside and are matched in linear time or not at all. */
export function problemOfPattern(pattern: string): string | null {
  if (pattern.length > longest) return `A pattern has at most ${longest} characters.`
  const repeated = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].reduce(
    (product, [, least = '', most = '']) => product * Math.max(1, Number(least), Number(most)),
    1,
  )
  if (repeated > repeatedAtMost) return 'This pattern repeats more than the gateway wants to count.'
  try {
    compiled(pattern)
    return null
  } catch {
    return `The gateway cannot match “${shortened(pattern)}” in linear time (RE2 syntax: no look-around, no back-references).`
  }
}

const shortened = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text)

const compiled = (pattern: string): RE2JS => RE2JS.compile(RE2JS.translateRegExp(pattern))

/** Takes the place of the language's own expressions in Ajv. */
export const linearPatterns = Object.assign(
  (pattern: string) => {
    const expression = compiled(pattern)
    return { test: (text: string) => expression.test(text), toString: () => `re2 ${pattern}` }
  },
  { code: 'linearPatterns' },
)
