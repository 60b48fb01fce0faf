const shown = 300

// Terminal and bidirectional controls would let a server draw over our own words.
const controls = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** What a server said in an answer, fit to stand in an error (see `cleanText`). Of a web page only its title is kept. */
export const serverText = (body: string, secrets: readonly string[]): string =>
  cleanText(reasonIn(body.slice(0, 64 * 1024)), secrets)

/** Text of a stranger on one line: without control characters and secrets, at most 300 characters. */
export function cleanText(text: string, secrets: readonly string[]): string {
  const line = without(text, secrets).replace(/\s+/g, ' ').replace(controls, '').trim()
  const clean = without(line, secrets)
  return clean.length > shown ? `${clean.slice(0, shown)}…` : clean
}

export const looksLikeHtml = (contentType: string, body: string): boolean =>
  contentType.includes('text/html') || /^\s*<(!doctype|html|head|body)/i.test(body.slice(0, 500))

function without(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '•••'), text)
}

function reasonIn(body: string): string {
  if (looksLikeHtml('', body)) return /<title[^>]*>([^<]*)/i.exec(body)?.[1] ?? ''
  try {
    return reasonOf(JSON.parse(body)) ?? body
  } catch {
    return body
  }
}

/** `"text"` (Alertmanager), `{error}` (Prometheus), `{message}` (most others). */
function reasonOf(parsed: unknown): string | null {
  if (typeof parsed === 'string') return parsed
  if (typeof parsed !== 'object' || parsed === null) return null
  const reason: unknown = 'error' in parsed ? parsed.error : 'message' in parsed ? parsed.message : null
  return typeof reason === 'string' ? reason : null
}
