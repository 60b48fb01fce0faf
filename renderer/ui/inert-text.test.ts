import { describe, expect, it } from 'vitest'
import { headOf, inertPieces, webAddress } from './inert-text.ts'

const shown = (text: string) =>
  inertPieces(text)
    .map((piece) => (piece.kind === 'text' ? piece.text : `<${piece.label}>`))
    .join('')

describe('inertPieces', () => {
  it('leaves ordinary text, tabs, newlines and other scripts alone', () => {
    expect(shown('👩\u200d💻')).toBe('👩\u200d💻')
    expect(shown('a\tb\nc é 日本 עברית')).toBe('a\tb\nc é 日本 עברית')
  })
  it('marks a bidi override that would reorder a file name', () => {
    expect(shown('invoice\u202Efdp.exe')).toBe('invoice<U+202E>fdp.exe')
    expect(inertPieces('\u202E')[0]).toMatchObject({ meaning: expect.stringContaining('direction') })
  })
  it('swallows a whole ANSI sequence into one marker', () => {
    expect(shown('\u001b[31;1mred\u001b[0m')).toBe('<ESC>red<ESC>')
    expect(shown('\u001b]8;;http://evil\u0007click\u001b]8;;\u0007')).toBe('<ESC>click<ESC>')
    expect(shown('x\u001b[2Jy')).toBe('x<ESC>y')
  })
  it('marks a lone carriage return, which overwrites a line in a terminal, but not a CRLF', () => {
    expect(shown('safe\revil\r\nnext')).toBe('safe<CR>evil\nnext')
  })
  it('marks zero-width characters, NUL and invisible tag characters', () => {
    expect(shown('ro\u200dot')).toBe('ro<U+200D>ot')
    expect(shown('ad\u200Bmin\u0000\u{E0041}')).toBe('ad<U+200B>min<U+0000><U+E0041>')
  })
  it('keeps an unfinished escape from reaching the screen', () => {
    expect(shown('end\u001b')).toBe('end<U+001B>')
  })
})

describe('headOf', () => {
  it('does not cut a surrogate pair in half', () => {
    expect(headOf('ab👍c', 3)).toBe('ab')
    expect(headOf('abc', 2)).toBe('ab')
  })
})

describe('webAddress', () => {
  it('accepts http and https only', () => {
    expect(webAddress('https://runbooks.example/x')).toBe('https://runbooks.example/x')
    expect(webAddress('javascript:alert(1)')).toBeNull()
    expect(webAddress('JaVaScRiPt:alert(1)')).toBeNull()
    expect(webAddress('file:///etc/passwd')).toBeNull()
    expect(webAddress('data:text/html,x')).toBeNull()
    expect(webAddress('runbook.md')).toBeNull()
  })
  it('refuses an address that hides its host behind credentials', () => {
    expect(webAddress('https://bank.example@evil.example/')).toBeNull()
  })
})
