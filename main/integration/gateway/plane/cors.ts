import type { IncomingHttpHeaders } from 'node:http'
import type { FilterConfig } from './config.ts'

type Cors = Extract<FilterConfig, { kind: 'cors' }>

/** The origin when the filter allows it; otherwise null, and a browser keeps the answer from the page. */
export function allowedOrigin(cors: Cors, headers: IncomingHttpHeaders): string | null {
  const { origin } = headers
  if (origin === undefined) return null
  const allowed = cors.allowOrigins.some((pattern) => pattern === '*' || fits(pattern, origin))
  return allowed ? origin : null
}

/** `https://*.shop.example` stands for any number of labels, never for none. */
function fits(pattern: string, origin: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === origin
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)]
  const middle = origin.slice(before.length, origin.length - after.length)
  return origin.startsWith(before) && origin.endsWith(after) && /^[a-z0-9.-]+$/i.test(middle)
}

export const isPreflight = (method: string, headers: IncomingHttpHeaders): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined

const wildcard = ({ allowOrigins, allowCredentials }: Cors): boolean => allowOrigins.includes('*') && !allowCredentials

/** Fields of an answer to that origin, as the Fetch standard reads them (§3.2.3). */
export function corsHeaders(cors: Cors, origin: string): string[] {
  const flat = ['access-control-allow-origin', wildcard(cors) ? '*' : origin]
  if (!wildcard(cors)) flat.push('vary', 'origin')
  if (cors.allowCredentials) flat.push('access-control-allow-credentials', 'true')
  if (cors.exposeHeaders.length > 0) flat.push('access-control-expose-headers', cors.exposeHeaders.join(', '))
  return flat
}

/** With credentials `*` is no wildcard to a browser, so what it asked for is repeated instead. */
export function preflightHeaders(cors: Cors, origin: string, headers: IncomingHttpHeaders): string[] {
  const asked = headers['access-control-request-headers']
  const method = headers['access-control-request-method'] ?? ''
  const list = (allowed: readonly string[], wanted: string): string =>
    allowed.includes('*') ? (cors.allowCredentials ? wanted : '*') : allowed.join(', ')
  const flat = corsHeaders(cors, origin)
  flat.push('access-control-allow-methods', list(cors.allowMethods, method))
  if (cors.allowHeaders.length > 0) flat.push('access-control-allow-headers', list(cors.allowHeaders, asked ?? ''))
  flat.push('access-control-max-age', String(cors.maxAgeSeconds))
  return flat
}
