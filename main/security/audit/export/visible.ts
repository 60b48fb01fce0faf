// Controls of terminals and of writing direction, and what XML 1.0 section 2.2 does not allow.
const unseen = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]/gu
// Those that JSON itself leaves as they are.
const unseenInJson = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu

const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(4, '0')

/** Text of a stranger with every control character shown instead of obeyed: `␊` for a line feed, `‹202e›` for others. */
export const visible = (text: string): string => text.toWellFormed().replace(unseen, pictureOf)

function pictureOf(character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '\u2421' : `‹${hex(character)}›`
}

/** JSON (RFC 8259) of the same value, without a character that a terminal or an editor would obey. */
export const visibleJson = (value: unknown): string =>
  JSON.stringify(value).replace(unseenInJson, (character) => `\\u${hex(character)}`)
