/** One policy as it stands in a text. Offsets are UTF-16. */
export type Statement = { readonly from: number; readonly to: number; readonly text: string }

/**
 * Splits a Cedar text into its policies, each with its offsets. Cedar ends every policy with a semicolon and has none
 * elsewhere but in strings and comments. What follows the last semicolon is a statement too, when it says anything.
 */
export function statementsOf(text: string): readonly Statement[] {
  const statements: Statement[] = []
  let from: number | null = null
  let at = 0
  while (at < text.length) {
    const character = text[at] as string
    if (text.startsWith('//', at)) {
      at = endOfLine(text, at)
      continue
    }
    if (from === null && !/\s/.test(character)) from = at
    if (character === '"') {
      at = endOfString(text, at)
      continue
    }
    at++
    if (character !== ';' || from === null) continue
    statements.push({ from, to: at, text: text.slice(from, at) })
    from = null
  }
  if (from !== null) statements.push({ from, to: text.length, text: text.slice(from) })
  return statements
}

const endOfLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

function endOfString(text: string, at: number): number {
  let end = at + 1
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return Math.min(end + 1, text.length)
}

/** Cedar counts bytes of UTF-8; editors count UTF-16. */
export const utf16Offset = (text: string, bytes: number): number =>
  Buffer.from(text, 'utf8').subarray(0, bytes).toString('utf8').length
