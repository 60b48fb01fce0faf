import { AppError } from '#preload/contract/error.ts'
import { type Endpoint, secretsOf } from './endpoint.ts'
import { serverText } from './server-text.ts'

/** A complete answer of a server, whatever its status. Header names are in lower case. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
  /** Where the answer came from, after redirects within the same origin. */
  readonly url: URL
}

export const headerOf = (answer: Answer, name: string): string => {
  const value = answer.headers[name]
  return typeof value === 'string' ? value : (value?.join(', ') ?? '')
}

/** Why an answer that is not 2xx is a failure: each status class has its sentence, its hint and its code. */
export function statusFailure(endpoint: Endpoint, answer: Answer): AppError {
  const { name } = endpoint
  const { status } = answer
  const said = serverText(answer.body, secretsOf(endpoint))
  const because = said === '' ? '.' : `: ${said}`
  if (status === 401) return unauthenticated(endpoint)
  if (status === 403)
    return new AppError('forbidden', `${name} does not allow this with these credentials (HTTP 403)${because}`, {
      hint: 'Ask its owner for the permission, or use other credentials.',
    })
  if (status === 407)
    return new AppError('unauthenticated', `A proxy before ${name} asks for credentials (HTTP 407).`, {
      hint: 'Reach the server without that proxy.',
    })
  if (status === 404)
    return new AppError(
      'not_found',
      `${name} has nothing at ${serverText(answer.url.pathname, secretsOf(endpoint))} (HTTP 404).`,
      {
        hint: 'Check the URL of the connection, above all its path prefix.',
      },
    )
  if (status === 429) return tooMany(name, answer)
  if (status < 500 && /http request to an? https|plain http request was sent to https/i.test(answer.body))
    return new AppError('refused', `${name} speaks TLS at this address (HTTP ${status}).`, {
      hint: 'Begin the URL with https://.',
    })
  if (status < 500)
    return new AppError('refused', `${name} refused the request (HTTP ${status})${because}`, {
      hint: 'Check what was asked for; asking again will not help.',
    })
  return serverFailure(name, status, because)
}

function unauthenticated(endpoint: Endpoint): AppError {
  if (endpoint.auth.kind === 'none')
    return new AppError('unauthenticated', `${endpoint.name} asks for credentials, and this connection has none.`, {
      hint: 'Add a user name and password, or a token.',
    })
  return new AppError('unauthenticated', `${endpoint.name} did not accept the credentials (HTTP 401).`, {
    hint: 'They may have expired or been rotated: enter them again.',
  })
}

function tooMany(name: string, answer: Answer): AppError {
  const wait = retryAfterSeconds(headerOf(answer, 'retry-after'), Date.now())
  return new AppError('refused', `${name} is being asked too often (HTTP 429).`, {
    hint: wait === null ? 'Wait a little, then try again.' : `It asks to wait ${wait} s before the next try.`,
    retryable: true,
  })
}

/** RFC 9110 §10.2.3: seconds, or a date. Null when absent or unreadable. */
export function retryAfterSeconds(value: string, nowMs: number): number | null {
  if (/^\d+$/.test(value.trim())) return Number(value)
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - nowMs) / 1000))
}

function serverFailure(name: string, status: number, because: string): AppError {
  if (status === 504)
    return new AppError('timeout', `${name} did not answer its own proxy in time (HTTP 504)${because}`, {
      hint: 'Ask for less, or look at the load of the server.',
    })
  if (status === 502 || status === 503)
    return new AppError('unreachable', `${name} is not available at the moment (HTTP ${status})${because}`, {
      hint: 'It may be starting, overloaded or under maintenance: try again shortly.',
    })
  return new AppError('refused', `${name} failed to answer (HTTP ${status})${because}`, {
    hint: 'This is a fault on the side of the server: look at its log.',
    retryable: true,
  })
}
