import fc from 'fast-check'
import { expect, it } from 'vitest'
import { AppError } from '#preload/contract/error.ts'
import { parsePromql } from './parse.ts'

function failure(source: string): AppError {
  try {
    parsePromql(source)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error(`${source} was accepted`)
}

it.each([
  ['1 + histogram_quantile(0.9, x)', 'histogram_quantile', '4'],
  ['sum(rate(a[5m:1m]))', 'subquery', '9'],
  ['a @ 123', '@ modifier', '0'],
  ['quantile(0.5, a)', 'quantile', '0'],
  ['a atan2 b', 'atan2', '2'],
  ['a{"quoted.label"="x"}', 'quoted label', '2'],
  ['rate(a[5m + 1m])', 'duration', '7'],
  ['label_replace(a, "x", "y", "z", ".*")', 'label_replace', '0'],
])('names the construct outside the subset, and where it is: %s', (source, construct, at) => {
  expect(failure(source)).toMatchObject({ code: 'unsupported', message: expect.stringContaining(construct), at })
})

it.each([
  ['sum(a', '5'],
  ['a b', '2'],
  ['a{x="y}', '7'],
  ['a + nosuch(b)', '10'],
  ['a{x=~"*"}', '5'],
  ['abs(rate(b))', '9'],
  ['', '0'],
])('says at which character the expression is wrong: %s', (source, at) => {
  expect(failure(source)).toMatchObject({ code: 'invalid', at })
})

it('answers any text with an expression or an AppError', () => {
  const piece = fc.constantFrom(
    'a',
    'rate(',
    ')',
    '[5m]',
    ' offset 5m',
    '{',
    '}',
    'x="y"',
    '+',
    '-',
    '^',
    ' and ',
    ' by (x)',
    '1',
    '1h',
    '"',
    'sum',
    '(',
    ',',
    '# c\n',
    ' bool ',
    ' on()',
    ':',
    '@',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      ),
      (source) => {
        try {
          parsePromql(source)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      },
    ),
    { numRuns: 3000 },
  )
})
