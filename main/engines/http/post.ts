import { AppError } from '#preload/contract/error.ts'
import { readBytes } from './body.ts'
import { openConnections } from './connections.ts'
import { deadline } from './deadline.ts'
import { authenticationHeaders, type Endpoint, secretsOf } from './endpoint.ts'
import { connectionFailure, isDropped } from './failure.ts'
import { serverText } from './server-text.ts'
import { type Answer, statusFailure } from './status.ts'

export type Posting = {
  readonly type: string
  readonly body: Uint8Array
  /** What an answer should be, for `accept`. */
  readonly accept: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

export type Posted = Answer & { readonly bytes: Buffer }

export type Poster = {
  /** Any complete answer, whatever its status; a redirect is an answer and is not followed. */
  post(posting: Posting): Promise<Posted>
  /** Why an answer that is not 2xx is a failure, as an AppError that begins with the endpoint's name. */
  failure(answer: Posted): AppError
  close(): Promise<void>
}

/** `timeoutMs` is for the whole of a request, `maxBytes` of one answer. */
type PosterOptions = { readonly timeoutMs?: number; readonly maxBytes?: number }

/**
 * Posts bytes to exactly the URL of the endpoint, its query included: for webhooks, collectors and time stamping, where
 * a client of an API (`createHttpClient`) would not fit. Never repeats a request.
 */
export function createPoster(endpoint: Endpoint, { timeoutMs = 30_000, maxBytes = 1024 ** 2 }: PosterOptions): Poster {
  const url = parsePostUrl(endpoint.url)
  const always = authenticationHeaders(endpoint.auth)
  const connections = openConnections(url.origin, endpoint, timeoutMs)
  return {
    async post({ type, body, accept, headers = {}, signal }) {
      using limit = deadline(endpoint.name, timeoutMs, signal)
      try {
        const pool = await connections.pool()
        const response = await pool.request({
          path: url.pathname + url.search,
          method: 'POST',
          headers: { ...headers, ...always, accept, 'content-type': type },
          body,
          signal: limit.signal,
        })
        const bytes = await readBytes(endpoint.name, response.body, '', maxBytes)
        return { status: response.statusCode, headers: response.headers, body: bytes.toString('utf8'), bytes, url }
      } catch (thrown) {
        const failure = limit.failure() ?? (thrown instanceof AppError ? thrown : null)
        const told = isDropped(thrown) ? (connections.alert() ?? thrown) : thrown
        throw failure ?? connectionFailure(endpoint.name, url, told)
      }
    },
    failure: (answer) => (isRedirect(answer.status) ? redirected(endpoint, answer) : statusFailure(endpoint, answer)),
    close: () => connections.close(),
  }
}

/** Throws `invalid` for anything but http(s), and for credentials or a fragment in it. */
export function parsePostUrl(text: string): URL {
  const url = URL.parse(text.trim())
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new AppError('invalid', 'The URL must begin with http:// or https://.', { at: 'url' })
  if (url.username !== '' || url.password !== '')
    throw new AppError('invalid', 'The URL must not contain a user name or a password.', {
      hint: 'It is shown and logged. Use the field for the secret, which is kept in the vault.',
      at: 'url',
    })
  url.hash = ''
  return url
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400

function redirected(endpoint: Endpoint, { status, headers }: Posted): AppError {
  const { location } = headers
  const target = typeof location === 'string' ? serverText(location.split('?')[0] ?? '', secretsOf(endpoint)) : ''
  const where = target === '' ? 'elsewhere' : `to ${target}`
  return new AppError('refused', `${endpoint.name} redirects ${where} (HTTP ${status}), and nothing is sent there.`, {
    hint: 'Use the address it redirects to, if you trust it.',
  })
}
