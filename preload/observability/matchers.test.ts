import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatMatchers, type Matcher, parseMatchers } from './matchers.ts'

const ok = (text: string): readonly Matcher[] => {
  const result = parseMatchers(text)
  if (result.kind === 'error') throw new Error(`${result.offset}: ${result.message}`)
  return result.matchers
}

describe('parseMatchers', () => {
  it('reads a list as Alertmanager writes it', () => {
    expect(ok('severity="critical",service=~"pay.*"')).toEqual([
      { name: 'severity', value: 'critical', isRegex: false, isEqual: true },
      { name: 'service', value: 'pay.*', isRegex: true, isEqual: true },
    ])
  })
  it('reads braces, blanks, bare values, negations and a trailing comma', () => {
    expect(formatMatchers(ok(' { env != prod , job !~ "a|b", x=y, } '))).toBe('env!="prod",job!~"a|b",x="y"')
  })
  it('reads nothing as no matchers', () => expect(ok('  ')).toEqual([]))
  it('keeps escapes it does not know, so that a regular expression survives', () => {
    expect(ok('a=~"\\\\d+\\.x"')[0]?.value).toBe('\\d+\\.x')
  })
  it.each([
    ['severity', 8, 'after severity'],
    ['severity="critical', 9, 'never closed'],
    ['severity="a" team="b"', 13, 'comma'],
    ['=x', 0, 'label name'],
    ['{a="b"', 6, 'brace'],
    ['a=~"(x"', 3, 'bracket open'],
    ['a=', 2, 'value'],
  ])('names the place of the fault in %s', (text, offset, words) => {
    const result = parseMatchers(text)
    expect(result).toMatchObject({ kind: 'error', offset })
    expect(result.kind === 'error' && result.message).toContain(words)
  })
  it('reads back whatever it writes', () => {
    const anyMatcher = fc.record({
      name: fc.string({ minLength: 1 }).filter((name) => !name.includes('\\')),
      value: fc.string(),
      isRegex: fc.constant(false),
      isEqual: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(anyMatcher), (matchers) => {
        expect(ok(formatMatchers(matchers))).toEqual(matchers)
      }),
    )
  })
  it('never throws, whatever is typed', () => {
    fc.assert(fc.property(fc.string(), (text) => ['ok', 'error'].includes(parseMatchers(text).kind)))
  })
})
