/** Deeper than any honest body; what checks it calls itself for each level. */
const deepest = 64

export type JsonText =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'wrong'; readonly detail: string }

const wrong = (detail: string): JsonText => ({ kind: 'wrong', detail })

/** Reads JSON (RFC 8259) that others can only read in the same way: UTF-8, not deep, no name twice in an object. */
export function readJson(bytes: Uint8Array): JsonText {
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return wrong('It is not UTF-8.')
  }
  try {
    value = JSON.parse(text)
  } catch {
    return wrong('It is no JSON.')
  }
  const problem = ambiguity(text)
  return problem === null ? { kind: 'value', value } : wrong(problem)
}

const [quote, backslash, colon] = [0x22, 0x5c, 0x3a]
const [openObject, closeObject, openArray, closeArray] = [0x7b, 0x7d, 0x5b, 0x5d]

/** Of a text that is JSON. Two readers may take a different one of two equal names, so one could be let in unchecked. */
function ambiguity(text: string): string | null {
  const open: (Set<string> | null)[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === openObject) open.push(new Set())
    else if (code === openArray) open.push(null)
    else if (code === closeObject || code === closeArray) open.pop()
    if (open.length > deepest) return `It is nested more than ${deepest} levels deep.`
    if (code !== quote) continue
    const end = endOfString(text, at)
    const names = open.at(-1)
    if (names && isName(text, end)) {
      const name: string = JSON.parse(text.slice(at, end))
      if (names.has(name)) return 'An object in it has a name twice.'
      names.add(name)
    }
    at = end - 1
  }
  return null
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1
  return at + 1
}

function isName(text: string, end: number): boolean {
  let at = end
  while (text.charCodeAt(at) <= 0x20) at++
  return text.charCodeAt(at) === colon
}
