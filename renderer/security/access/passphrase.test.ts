import { describe, expect, it } from 'vitest'
import { strengthOf } from './passphrase.ts'

describe('the strength of a passphrase', () => {
  it.each([
    ['', 'short'],
    ['Tr0ub4dor&3', 'short'],
    ['aaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['abcdefghijklmnopqrst', 'weak'],
    ['121212121212121212', 'weak'],
    ['lamp river nine coat', 'fair'],
    ['correct horse battery staple', 'strong'],
    ['q7#Lm!x2Vt9$wB&e', 'strong'],
  ])('of %j is %s', (passphrase, level) => {
    expect(strengthOf(passphrase).level).toBe(level)
  })

  it('never falls when a new character is added', () => {
    const text = 'correct horse battery staple'
    const bits = Array.from(text, (_, at) => strengthOf(text.slice(0, at + 1)).bits)
    expect(bits).toEqual(bits.toSorted((left, right) => left - right))
  })
})
