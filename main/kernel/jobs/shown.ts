/** A member by such a name is never shown. Rather one too many: `monkey` is hidden, too. */
const secretName = /pass(word|phrase|wd)|secret|token|credential|authorization|cookie|signature|key$/i
const urlCredentials = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi
const credentials = /\b(bearer|basic)\s+[a-z0-9+/=._~-]{6,}/gi
const textShown = 2_000
const jsonShown = 16_000

/**
 * What may be shown of a step's input or output: members that are named like secrets and credentials in texts are
 * replaced, long texts are cut, and what is large altogether is left out with its size.
 */
export function shown(value: unknown): unknown {
  const plain: unknown = JSON.parse(JSON.stringify(value ?? null) ?? 'null')
  const text = JSON.stringify(scrub(plain, 0))
  return text.length > jsonShown ? `[${text.length} characters of JSON, too much to show]` : JSON.parse(text)
}

/** A text that a job wrote about itself, fit for its log and for a screen. */
export function shownText(text: string): string {
  const cut = text.length > textShown ? `${text.slice(0, textShown)}…` : text
  return cut.replace(urlCredentials, '$1[secret]@').replace(credentials, '$1 [secret]')
}

function scrub(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shownText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > 8) return '[deep]'
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      secretName.test(name) ? '[secret]' : scrub(member, depth + 1),
    ]),
  )
}
