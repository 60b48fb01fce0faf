/** What a request asks for, read so that gateway and upstream cannot understand it differently. */
export type RequestTarget = {
  /** Normalized (RFC 3986 §6.2.2): no dot segments, no double slashes, nothing encoded that need not be. */
  readonly path: string
  /** With its `?`; empty when there is none. */
  readonly query: string
  /** Host of an absolute-form target (RFC 9112 §3.2.2), which must then be the Host header's. */
  readonly authority: string | null
}

const suspicious = /%|\/\/|\/\.|\\/
const unreserved = /^[A-Za-z0-9._~-]$/
const absolute = /^https?:\/\/([^/?#]*)(.*)$/i

/** @returns null for a target that no honest client sends: `*`, an authority, a fragment, a bad or NUL escape, a backslash. */
export function readTarget(url: string): RequestTarget | null {
  if (url.charCodeAt(0) !== 47) return readAbsolute(url)
  if (url.includes('#')) return null
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? '' : url.slice(mark)
  if (!suspicious.test(path)) return { path, query, authority: null }
  const normal = normalize(path)
  return normal === null ? null : { path: normal, query, authority: null }
}

function readAbsolute(url: string): RequestTarget | null {
  const [, authority, rest] = absolute.exec(url) ?? []
  if (authority === undefined || rest === undefined || authority === '' || authority.includes('@')) return null
  const target = readTarget(rest.startsWith('/') ? rest : `/${rest}`)
  return target && { ...target, authority: authority.toLowerCase() }
}

function normalize(path: string): string | null {
  if (path.includes('\\')) return null
  if (/%(?![0-9A-Fa-f]{2})/.test(path) || /%00|%5c/i.test(path)) return null
  const decoded = path.replace(/%[0-9A-Fa-f]{2}/g, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
    return unreserved.test(character) ? character : encoded.toUpperCase()
  })
  return withoutDots(decoded.replace(/\/{2,}/g, '/'))
}

/** RFC 3986 §5.2.4. An encoded slash is data, but not next to dots: upstreams that decode late would climb by it. */
function withoutDots(path: string): string | null {
  if (/(^|\/|%2F)\.\.?(%2F)|(%2F)\.\.?(\/|$)/.test(path)) return null
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
    if (last && (segment === '..' || segment === '.')) kept.push('')
  }
  return `/${kept.join('/')}`
}

const host = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/

/** Host without its port, in lower case; null when it is no host. */
export function readHost(header: string | undefined): string | null {
  if (header === undefined) return null
  const lower = header.toLowerCase()
  return host.exec(lower)?.[1]?.replace(/\.$/, '') ?? null
}
