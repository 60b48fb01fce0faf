/** A stretch of untrusted text: shown as it is, or a marker standing for something that must not act. */
export type TextPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'marker'; readonly label: string; readonly meaning: string }

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
const ansi = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/
// Unicode TR9 bidi controls, zero-width and invisible format characters, C0/C1 controls but tab and newline.
const hidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/
// A zero-width joiner is part of the spelling of an emoji, and a disguise anywhere else.
const strayJoiner = /(?<!\p{Extended_Pictographic}|\ufe0f)\u200d|\u200d(?!\p{Extended_Pictographic})/u
const dangerous = new RegExp(`${ansi.source}|${hidden.source}|${strayJoiner.source}|[\\u{e0000}-\\u{e007f}]`, 'gu')

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

function meaningOf(match: string): string {
  if (match.length > 1 && match.startsWith('\u001b')) return 'terminal escape sequence'
  if (/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/.test(match)) return 'changes the reading direction'
  return 'invisible or control character'
}

const labelOf = (match: string): string =>
  match.length > 1 && match.startsWith('\u001b') ? 'ESC' : match === '\r' ? 'CR' : codePoint(match)

/** Splits untrusted text so that nothing in it can move, hide, reorder or colour what is around it (Unicode TR9, ECMA-48). */
export function inertPieces(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = []
  let end = 0
  // A CR before LF is only a line ending.
  const source = text.replaceAll('\r\n', '\n')
  for (const match of source.matchAll(dangerous)) {
    if (match.index > end) pieces.push({ kind: 'text', text: source.slice(end, match.index) })
    pieces.push({
      kind: 'marker',
      label: labelOf(match[0]),
      meaning: `${meaningOf(match[0])} (${codePoint(match[0])})`,
    })
    end = match.index + match[0].length
  }
  if (end < source.length) pieces.push({ kind: 'text', text: source.slice(end) })
  return pieces
}

/** The first `limit` characters, never cutting a surrogate pair. */
export function headOf(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit)
}

/** The address if it is plain http(s) without credentials, else null: everything else stays inert text. */
export function webAddress(href: string): string | null {
  const url = URL.parse(href)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null
  return url.username === '' && url.password === '' ? url.href : null
}
