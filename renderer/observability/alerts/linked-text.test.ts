import { describe, expect, it } from 'vitest'
import { linkedPieces } from './linked-text.ts'

const links = (text: string) => linkedPieces(text).flatMap(({ kind, text: piece }) => (kind === 'link' ? [piece] : []))

describe('addresses in a text from outside', () => {
  it.each([
    ['See https://example.org/a?b=c.', ['https://example.org/a?b=c']],
    ['(http://a.example/x) and http://b.example', ['http://a.example/x', 'http://b.example']],
    ['javascript:alert(1)', []],
    ['data:text/html,<script>alert(1)</script>', []],
    ['https://user:secret@example.org/', []],
    ['<a href="https://example.org">x</a>', ['https://example.org']],
    ['https://example.org/\u0007bell', ['https://example.org/']],
  ])('%s', (text, found) => {
    expect(links(text)).toEqual(found)
  })

  it('lose nothing of the text around them', () => {
    const text = 'a https://example.org, b http://x.example. c'
    expect(
      linkedPieces(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text)
  })
})
