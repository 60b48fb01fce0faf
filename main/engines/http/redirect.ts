import { AppError } from '#preload/contract/error.ts'
import { type Endpoint, secretsOf } from './endpoint.ts'
import { serverText } from './server-text.ts'

type Redirecting = {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

const redirects = new Set([301, 302, 303, 307, 308])

/**
 * Where a response leads, or null if it is not a redirect (RFC 9110 §15.4). Throws `refused` for a target on another
 * origin, to which credentials must not go, and for a change that would be repeated as a read.
 */
export function redirectTarget(endpoint: Endpoint, from: URL, response: Redirecting, method = 'GET'): URL | null {
  if (!redirects.has(response.statusCode)) return null
  const { location } = response.headers
  const target = typeof location === 'string' ? URL.parse(location, from.href) : null
  if (target === null) return null
  if (target.origin !== from.origin) throw elsewhere(endpoint, from, target)
  const reads = method === 'GET' || method === 'HEAD'
  if (!reads && response.statusCode < 307)
    throw new AppError(
      'refused',
      `${endpoint.name} redirects a change to ${pathOf(endpoint, target)} instead of making it.`,
      {
        hint: 'Use the address it redirects to as the URL of the connection.',
      },
    )
  return target
}

/** Without the query of the target: a login redirect carries its state there. */
function elsewhere(endpoint: Endpoint, from: URL, target: URL): AppError {
  const address = target.origin === 'null' ? target.protocol : `${target.origin}${pathOf(endpoint, target)}`
  const upgraded = target.hostname === from.hostname && from.protocol === 'http:' && target.protocol === 'https:'
  return new AppError(
    'refused',
    `${endpoint.name} redirects to another place, ${address}, and credentials are not sent there.`,
    {
      hint: upgraded
        ? 'Begin the URL of the connection with https://.'
        : 'If that is a login page, use a token or an address behind it; else use that address as the URL.',
    },
  )
}

export function redirectLoop(endpoint: Endpoint, limit: number, target: URL): AppError {
  const last = pathOf(endpoint, target)
  return new AppError('refused', `${endpoint.name} redirects in circles: more than ${limit} times, last to ${last}.`, {
    hint: 'Check the path prefix of the URL, and the external URL in the settings of the server.',
  })
}

/** The server chose this path, so it may hold anything, even our own credentials. */
const pathOf = (endpoint: Endpoint, target: URL): string => serverText(target.pathname, secretsOf(endpoint))
