type Pair = { readonly type: string; readonly value: string }

/**
 * A distinguished name (RFC 4514) as its relative names, each a list of attribute and value, unescaped. Types are in
 * lower case. Null for a text that is none.
 */
export function parseDn(text: string): readonly (readonly Pair[])[] | null {
  const names = split(text, /[,;]/).map((name) => split(name, /\+/).map(pairOf))
  const whole = names.map((pairs) => pairs.filter((pair) => pair !== null))
  return whole.every((pairs, index) => pairs.length === names[index]?.length) ? whole : null
}

/** One text for all spellings of a name that most directories hold equal: case, spaces, escapes and order. */
export function dnKey(text: string): string {
  const names = parseDn(text)
  if (names === null) return text.toLowerCase()
  const key = ({ type, value }: Pair) => `${type}=${JSON.stringify(value.toLowerCase().replace(/\s+/g, ' ').trim())}`
  return names.map((pairs) => pairs.map(key).sort().join('+')).join(',')
}

/** Whether `dn` is `base` or below it. */
export function isBelow(dn: string, base: string): boolean {
  const [key, end] = [dnKey(dn), dnKey(base)]
  return key === end || key.endsWith(`,${end}`)
}

/** The value of the first relative name: `sre` of `cn=sre,ou=groups,dc=ops`. */
export const firstValue = (dn: string): string | null => parseDn(dn)?.[0]?.[0]?.value ?? null

/** Splits at separators that are neither escaped nor quoted. */
function split(text: string, separator: RegExp): readonly string[] {
  const parts = ['']
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '"') quoted = !quoted
    const last = parts.length - 1
    if (character === '\\') parts[last] += character + text.charAt(++at)
    else if (!quoted && separator.test(character)) parts.push('')
    else parts[last] += character
  }
  return parts
}

function pairOf(text: string): Pair | null {
  const at = text.indexOf('=')
  const type = text.slice(0, at).trim().toLowerCase()
  return at > 0 && /^[a-z0-9.-]+$/.test(type) ? { type, value: unescaped(text.slice(at + 1)) } : null
}

/** Hex pairs are bytes of UTF-8 and may follow one another; blanks at the ends count only when escaped. */
function unescaped(escaped: string): string {
  const text = escaped.trim().endsWith('\\') ? escaped.trimStart() : escaped.trim()
  const bare = /^".*"$/s.test(text) ? text.slice(1, -1) : text
  return bare.replace(/(?:\\[0-9a-f]{2})+|\\(.)/gis, (run, character: string | undefined) =>
    character === undefined ? Buffer.from(run.replaceAll('\\', ''), 'hex').toString('utf8') : character,
  )
}
