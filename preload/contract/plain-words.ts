import { z } from 'zod'

type Issue = z.core.$ZodRawIssue

const kinds: Readonly<Record<string, string>> = {
  number: 'Give a number.',
  int: 'Give a whole number.',
  string: 'Give a text.',
  boolean: 'Say yes or no.',
  array: 'Give a list.',
}

const formats: Readonly<Record<string, string>> = {
  datetime: 'Give a time such as 2026-01-31T14:00:00Z.',
  date: 'Give a day such as 2026-01-31.',
  email: 'Give a mail address.',
  url: 'Give an address such as https://example.org/.',
  uuid: 'This is not the id of anything here.',
}

/** Of lists and the like, how many; of texts, how long. */
const unit = (origin: string, count: number | bigint): string => {
  if (origin === 'string') return Number(count) === 1 ? ' character' : ' characters'
  if (['array', 'set', 'map', 'record'].includes(origin)) return Number(count) === 1 ? ' entry' : ' entries'
  return ''
}

function tooBig({ origin, maximum, inclusive, exact }: Extract<Issue, { code: 'too_big' }>): string {
  const bound = `${maximum}${unit(origin, maximum)}`
  if (exact === true) return `Exactly ${bound}.`
  return inclusive === false ? `Less than ${bound}.` : `At most ${bound}.`
}

function tooSmall({ origin, minimum, inclusive, exact }: Extract<Issue, { code: 'too_small' }>): string {
  if (origin === 'string' && Number(minimum) === 1) return 'Fill this in.'
  const bound = `${minimum}${unit(origin, minimum)}`
  if (exact === true) return `Exactly ${bound}.`
  return inclusive === false ? `More than ${bound}.` : `At least ${bound}.`
}

const classWords: readonly (readonly [string, string])[] = [
  ['A-Za-z', 'letters'],
  ['a-zA-Z', 'letters'],
  ['a-z', 'small letters'],
  ['A-Z', 'capital letters'],
  ['0-9', 'digits'],
  ['\\d', 'digits'],
  ['\\.', 'dots'],
  ['.', 'dots'],
  ['_', 'underscores'],
  ['\\-', 'dashes'],
  ['-', 'dashes'],
]

/** `Use letters, digits and dashes, at most 60.` for a pattern that is one class of characters; else that it does not fit. */
function patternWords(pattern: string): string {
  const [, chosen = '', most] = /^\/?\^\[([^\]^]+)\](?:\{1,(\d+)\}|\+)\$\/?$/.exec(pattern) ?? []
  const words: string[] = []
  let rest = chosen
  while (rest !== '') {
    const [found, word] = classWords.find(([part]) => rest.startsWith(part)) ?? []
    if (found === undefined || word === undefined) return notTaken
    words.push(word)
    rest = rest.slice(found.length)
  }
  const [last] = words.splice(-1)
  if (last === undefined) return notTaken
  const listed = words.length === 0 ? last : `${words.join(', ')} and ${last}`
  return `Use ${listed}${most === undefined ? '' : `, at most ${most}`}.`
}

const notTaken = 'It has characters, or an order of them, that cannot be used here.'

/** What is wrong with one input, as a sentence for whoever typed it. */
function plainWords(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined && issue.expected !== 'number') return 'This is missing.'
      return kinds[issue.expected] ?? 'This is not what is expected here.'
    case 'too_big':
      return tooBig(issue)
    case 'too_small':
      return tooSmall(issue)
    case 'invalid_value':
      return `Choose ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}.`
    case 'invalid_format':
      if (issue.format === 'regex') return patternWords(String(issue.pattern ?? ''))
      return formats[issue.format] ?? notTaken
    case 'not_multiple_of':
      return `Give a multiple of ${issue.divisor}.`
    case 'unrecognized_keys':
      return `Nothing here is called ${issue.keys.join(' or ')}.`
    case 'invalid_key':
      return 'This name cannot be used here.'
    default:
      return 'None of what can be given here fits.'
  }
}

// For every schema that says nothing itself: what forms check at once and what the door checks is told in the same words.
z.config({ customError: plainWords })
