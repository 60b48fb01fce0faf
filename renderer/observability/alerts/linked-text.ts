import { webAddress } from '#renderer/ui/inert-text.ts'

export type LinkedPiece = { readonly kind: 'text' | 'link'; readonly text: string }

/** Full stops and closing brackets end a sentence more often than an address. */
const trailing = /[.,;:!?'")\]}>]+$/

/** Splits a text at the plain http(s) addresses in it. What is no address a browser may open stays text. */
export function linkedPieces(text: string): readonly LinkedPiece[] {
  const pieces: LinkedPiece[] = []
  let end = 0
  const push = (kind: LinkedPiece['kind'], piece: string) => {
    if (piece !== '') pieces.push({ kind, text: piece })
  }
  for (const match of text.matchAll(/https?:\/\/[^\s<>"'`\p{Cc}]+/giu)) {
    const address = match[0].replace(trailing, '')
    if (webAddress(address) === null) continue
    push('text', text.slice(end, match.index))
    push('link', address)
    end = match.index + address.length
  }
  push('text', text.slice(end))
  return pieces
}
