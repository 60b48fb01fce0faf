import fc from 'fast-check'
import { Filter, FilterParser } from 'ldapts'
import { describe, expect, it } from 'vitest'
import { anyOf, escapeFilterValue, fillFilter } from './filter.ts'

describe('a filter', () => {
  it('escapes what RFC 4515 names, and nothing else', () => {
    expect(escapeFilterValue('Parens R Us (for all your parenthetical needs)')).toBe(
      'Parens R Us \\28for all your parenthetical needs\\29',
    )
    expect(escapeFilterValue('*\\\0')).toBe('\\2a\\5c\\00')
    expect(escapeFilterValue('Lučić, "Jr." + <x>')).toBe('Lučić, "Jr." + <x>')
  })

  it('keeps its shape whatever the value', () => {
    const shape = (filter: string) =>
      JSON.stringify(FilterParser.parseString(filter), (key, value) => (key === 'value' ? 'value' : value))
    const plain = shape(fillFilter('(|(uid={login})(mail={login}))', { login: 'ana' }))
    const hostile = fc.string({ unit: fc.constantFrom(...'()*\\|&!=~><{login}a \0ö') })
    fc.assert(
      fc.property(hostile, (login) => {
        const filled = fillFilter('(|(uid={login})(mail={login}))', { login: `a${login}a` })
        expect(shape(filled)).toBe(plain)
        const parsed: unknown = FilterParser.parseString(filled)
        expect(parsed).toBeInstanceOf(Filter)
        expect(parsed).toMatchObject({ filters: [{ value: `a${login}a` }, { value: `a${login}a` }] })
      }),
    )
  })

  it('does not fill in a value a second time', () => {
    expect(fillFilter('(&(uid={login})(x={dn}))', { login: '{dn}', dn: 'secret' })).toBe('(&(uid={dn})(x=secret))')
    expect(anyOf(['(a=1)'])).toBe('(a=1)')
    expect(anyOf(['(a=1)', '(b=2)'])).toBe('(|(a=1)(b=2))')
  })
})
