import { describe, expect, it } from 'vitest'
import { accept, errorSpan } from './completion.ts'

describe('accept', () => {
  it('replaces what was typed of the word, keeps what follows, and stands behind the insertion', () => {
    expect(accept('sev, job="x"', 3, { label: 'severity', insert: 'severity=', from: 0 })).toEqual({
      text: 'severity=, job="x"',
      caret: 9,
    })
  })
  it('never replaces text after the caret', () => {
    expect(accept('ab', 1, { label: 'x', insert: 'x', from: 5 })).toEqual({ text: 'axb', caret: 2 })
  })
})

describe('errorSpan', () => {
  it('underlines the word or string at the offset', () => {
    expect(errorSpan('severity=~ bad', 11)).toEqual({ from: 11, to: 14 })
    expect(errorSpan('a="open', 2)).toEqual({ from: 2, to: 7 })
  })
  it('underlines one place at the end of the text', () => {
    expect(errorSpan('a=', 2)).toEqual({ from: 2, to: 3 })
    expect(errorSpan('a', 99)).toEqual({ from: 1, to: 2 })
  })
})
