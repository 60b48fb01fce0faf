import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { tags } from '@lezer/highlight'
import { keywords, variables } from './cedar-words.ts'

/** Enough of Cedar to colour it; what is wrong with a text the application says, which has the real parser. */
const cedar = StreamLanguage.define({
  name: 'cedar',
  languageData: { commentTokens: { line: '//' }, closeBrackets: { brackets: ['(', '[', '{', '"'] } },
  token(stream) {
    if (stream.eatSpace()) return null
    if (stream.match('//')) {
      stream.skipToEnd()
      return 'comment'
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string'
    if (stream.match(/^@[A-Za-z_]\w*/)) return 'meta'
    if (stream.match(/^-?\d+/)) return 'number'
    if (stream.match(/^[A-Za-z_]\w*(?=::)/)) return 'typeName'
    const word = stream.match(/^[A-Za-z_]\w*/)
    if (word) {
      const text = stream.current()
      if (keywords.has(text)) return 'keyword'
      return variables.has(text) ? 'variableName' : 'propertyName'
    }
    stream.next()
    return null
  },
})

const colors = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent)', fontWeight: '600' },
  { tag: tags.string, color: 'var(--series-3)' },
  { tag: tags.number, color: 'var(--series-4)' },
  { tag: tags.comment, color: 'var(--muted)', fontStyle: 'italic' },
  { tag: tags.meta, color: 'var(--series-2)' },
  { tag: tags.typeName, color: 'var(--series-5)' },
  { tag: tags.variableName, color: 'var(--fg)', fontWeight: '600' },
])

export const cedarLanguage = [cedar, syntaxHighlighting(colors)]
