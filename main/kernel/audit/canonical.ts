/**
 * Canonical JSON (RFC 8785): keys in UTF-16 order, no white space, numbers as ECMAScript writes them. `undefined`
 * members are left out and `toJSON` is asked, as `JSON.stringify` does.
 *
 * @throws TypeError for what JSON cannot hold (NaN, infinities, functions) and for text with a lone surrogate, which
 *   RFC 8785 section 3.2.2.2 refuses; see `wellFormed`.
 */
export function canonical(value: unknown): string {
  if (typeof value === 'string') return text(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('JSON has no such number.')
    return JSON.stringify(value) // ECMAScript's own way is what the RFC prescribes; it writes -0 as 0
  }
  if (typeof value !== 'object') throw new TypeError(`JSON cannot hold a ${typeof value}.`)
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`
  if ('toJSON' in value && typeof value.toJSON === 'function') return canonical(value.toJSON())
  return object(value as Readonly<Record<string, unknown>>)
}

function object(value: Readonly<Record<string, unknown>>): string {
  let members = ''
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member === undefined) continue
    members += `${members ? ',' : ''}${text(key)}:${canonical(member)}`
  }
  return `{${members}}`
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('Canonical JSON cannot hold half of a surrogate pair.')
  return JSON.stringify(value)
}

/**
 * The canonical form of anything a caller may have sent: what canonical JSON refuses is replaced (half a surrogate pair
 * by U+FFFD, a number that JSON lacks by null), so that nobody keeps an act out of the log by how it is spelled.
 */
export function canonicalOfAny(value: unknown): string {
  try {
    return canonical(value ?? null)
  } catch {
    const plain: unknown = JSON.parse(JSON.stringify(value) ?? 'null')
    return canonical(wellFormed(plain))
  }
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(wellFormed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toWellFormed(), wellFormed(member)]))
}
