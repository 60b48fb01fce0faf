import { isIPv4, isIPv6 } from 'node:net'
import type { Field } from './schema.ts'

/** kong/tools/ip.lua: what kind of a host it is, and its port; null for none. */
function hostOf(text: string): { readonly kind: 'ipv4' | 'ipv6' | 'name'; readonly port: number | null } | null {
  if ((text.match(/:/g) ?? []).length > 1) {
    const [, address = text, port] = /^\[(.*)\](?::(\d+))?$/.exec(text) ?? []
    return isIPv6(address) ? { kind: 'ipv6', port: port === undefined ? null : Number(port) } : null
  }
  const [, host = text, digits] = /^(.*?)(?::(\d+))?$/.exec(text) ?? []
  const port = digits === undefined ? null : Number(digits)
  if (port !== null && port > 65_535) return null
  if (/^[\d.]+$/.test(host)) return isIPv4(host) ? { kind: 'ipv4', port } : null
  const segments = host.split('.')
  const sound =
    /^[\w.-]+$/.test(host) &&
    segments.every((segment, index) => !segment.endsWith('-') && (segment !== '' || index === segments.length - 1))
  return sound ? { kind: 'name', port } : null
}

const text = (validator: (value: string) => string | null): Field => ({ type: 'string', validator })

/** The types that many entities share (kong/db/schema/typedefs.lua). */
export const host = text((value) => {
  const read = hostOf(value)
  if (read === null) return `invalid value: ${value}`
  return read.port === null ? null : 'must not have a port'
})
export const upstreamName = text((value) => {
  const read = hostOf(value)
  if (read === null) return `Invalid name ('${value}'); must be a valid hostname`
  if (read.kind !== 'name') return `Invalid name ('${value}'); no ip addresses allowed`
  return read.port === null ? null : `Invalid name ('${value}'); no port allowed`
})
export const target = text((value) =>
  hostOf(value) === null ? `Invalid target ('${value}'); not a valid hostname or ip address` : null,
)
export const routeHost: Field = {
  type: 'string',
  matchAny: {
    patterns: [/^\*\./, /\.\*$/, /^[^*]*$/],
    error: 'invalid wildcard: must be placed at leftmost or rightmost label',
  },
  matchNone: [{ pattern: /\*.*\*/, error: 'invalid wildcard: must have at most one wildcard' }],
  validator: (value: string) =>
    hostOf(value.replaceAll('*', 'abc')) === null ? `invalid hostname: ${value.replaceAll('*', 'abc')}` : null,
}
export const name = text((value) =>
  /^[\w.~\u0080-\uffff-]+$/.test(value)
    ? null
    : `invalid value '${value}': the only accepted ascii characters are alphanumerics or ., -, _, and ~`,
)
export const headerName = text((value) =>
  /^[\w-]+$/.test(value) ? null : `bad header name '${value}', allowed characters are A-Z, a-z, 0-9, '_', and '-'`,
)
export const cookieName = text((value) =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(value) ? null : `invalid cookie name '${value}'`,
)
export const path: Field = {
  type: 'string',
  matchAny: { patterns: [/^\//], error: 'should start with: /' },
  matchNone: [{ pattern: /\/\//, error: 'must not have empty segments' }],
  validator: pathFault,
}
function pathFault(value: string): string | null {
  if (!/^\/[\w.~/%:@!$&'()*+,;=-]*$/.test(value))
    return `invalid path: '${value}' (characters outside of the reserved list of RFC 3986 found)`
  const wrong = /%(?![\da-f]{2}).{0,2}/i.exec(value)
  return wrong ? `invalid url-encoded value: '${wrong[0]}'` : null
}
export const routePath: Field = {
  type: 'string',
  matchAny: { patterns: [/^\//, /^~\//], error: 'should start with: / (fixed path) or ~/ (regex path)' },
  matchNone: [{ pattern: /\/\//, error: 'must not have empty segments' }],
  validator: (value: string) => (value.startsWith('~') ? regexFault(value.slice(1)) : null),
}
/** The router of today, traditional_compatible, is one of Rust, which looks neither ahead nor behind. */
export function regexFault(expression: string): string | null {
  if (/\(\?<?[=!]/.test(expression)) return 'Router Expression failed validation: look-around is not supported'
  try {
    new RegExp(expression.replaceAll('(?P<', '(?<'))
    return null
  } catch {
    return `invalid regex: '${expression}'`
  }
}
export const method: Field = {
  type: 'string',
  matchAny: { patterns: [/^[A-Z]+$/], error: 'invalid value: expected only upper-case letters' },
}
