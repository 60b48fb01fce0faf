const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Names are seen over and over, so each is looked at once. */
const names = new Map<string, string | null>()
const mostNames = 2_000

/** A field name in lower case; null for what is no token (RFC 9110 §5.6.2). */
export function fieldName(raw: string): string | null {
  const found = names.get(raw)
  if (found !== undefined) return found
  const name = token.test(raw) ? raw.toLowerCase() : null
  if (names.size < mostNames) names.set(raw, name)
  return name
}

const notInValue = /[^\t\x20-\x7e\x80-\xff]/

/** Whether a field can have this value (RFC 9110 §5.5): no line end above all, which would begin another field. */
export const isFieldValue = (value: string): boolean => !notInValue.test(value)
