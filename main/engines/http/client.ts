import type { Dispatcher, Pool } from 'undici'
import type { z } from 'zod'
import { AppError } from '#preload/contract/error.ts'
import { readBody } from './body.ts'
import { openConnections } from './connections.ts'
import { type Deadline, deadline } from './deadline.ts'
import { authenticationHeaders, type Endpoint, parseEndpointUrl, type QueryParameters, urlBelow } from './endpoint.ts'
import { connectionFailure, isDropped } from './failure.ts'
import { checkShape, parseJson } from './json.ts'
import { redirectLoop, redirectTarget } from './redirect.ts'
import { looksLikeHtml } from './server-text.ts'
import { type Answer, headerOf, statusFailure } from './status.ts'

export type RequestOptions = {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  readonly query?: QueryParameters
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as application/x-www-form-urlencoded. */
  readonly form?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** Says what an answer that is not 2xx means, where an API explains itself; null leaves it to its status. */
  readonly explain?: (answer: Answer) => AppError | null
}

export type HttpClient = {
  readonly endpoint: Endpoint
  /** The answer as JSON by `schema`; unknown fields are let through. */
  json<T>(schema: z.ZodType<T>, path: string, options?: RequestOptions): Promise<T>
  /** The answer as text; a status that is not 2xx is a failure. */
  text(path: string, options?: RequestOptions): Promise<string>
  /** Any complete answer, whatever its status. With `followRedirects: false` a redirect is an answer too. */
  answer(path: string, options?: RequestOptions & { readonly followRedirects?: boolean }): Promise<Answer>
  close(): Promise<void>
}

export type HttpClientOptions = {
  /** For the whole of a request, redirects and body included. 30 s unless given. */
  readonly timeoutMs?: number
  /** Of one answer, unzipped. 64 MiB unless given. */
  readonly maxBytes?: number
}

const redirectLimit = 5

/**
 * A client of one endpoint with its own pool of connections. The pool is bound to the origin of the endpoint, so
 * credentials cannot reach another one. Throws `invalid` for an endpoint that cannot work; all later failures are
 * AppErrors that begin with the endpoint's name and never contain its credentials.
 */
export function createHttpClient(endpoint: Endpoint, options: HttpClientOptions = {}): HttpClient {
  const base = parseEndpointUrl(endpoint.url)
  const timeoutMs = options.timeoutMs ?? 30_000
  const maxBytes = options.maxBytes ?? 64 * 1024 ** 2
  const headers = { accept: 'application/json', 'accept-encoding': 'gzip', ...authenticationHeaders(endpoint.auth) }
  const connections = openConnections(base.origin, endpoint, timeoutMs)

  const answer: HttpClient['answer'] = async (path, request = {}) => {
    using limit = deadline(endpoint.name, timeoutMs, request.signal)
    let url = urlBelow(base, path, request.query)
    try {
      for (let redirects = 0; ; redirects++) {
        const response = await send(await connections.pool(), url, headers, request, limit)
        const target =
          request.followRedirects === false ? null : redirectTarget(endpoint, url, response, request.method)
        if (target === null) return await complete(endpoint.name, url, response, maxBytes)
        await response.body.dump({ limit: 64 * 1024 })
        if (redirects === redirectLimit) throw redirectLoop(endpoint, redirectLimit, target)
        url = target
      }
    } catch (thrown) {
      const failure = limit.failure() ?? (thrown instanceof AppError ? thrown : null)
      throw (
        failure ?? connectionFailure(endpoint.name, url, isDropped(thrown) ? (connections.alert() ?? thrown) : thrown)
      )
    }
  }

  const accepted = async (path: string, request: RequestOptions): Promise<Answer> => {
    const received = await answer(path, request)
    if (received.status >= 200 && received.status < 300) return received
    throw request.explain?.(received) ?? statusFailure(endpoint, received)
  }

  return {
    endpoint,
    answer,
    text: async (path, request = {}) => (await accepted(path, request)).body,
    json: async (schema, path, request = {}) => {
      const received = await accepted(path, request)
      if (looksLikeHtml(headerOf(received, 'content-type'), received.body)) throw webPage(endpoint.name)
      return checkShape(endpoint.name, schema, parseJson(endpoint.name, received.body))
    },
    close: () => connections.close(),
  }
}

type Response = Dispatcher.ResponseData

/** One request. A read whose kept-alive connection was closed under it is sent once more, on a new one. */
async function send(
  pool: Pool,
  url: URL,
  headers: Readonly<Record<string, string>>,
  request: RequestOptions,
  limit: Deadline,
): Promise<Response> {
  const method = request.method ?? 'GET'
  const { type, body } = bodyOf(request)
  const attempt = () =>
    pool.request({
      path: url.pathname + url.search,
      method,
      headers: type === null ? headers : { ...headers, 'content-type': type },
      body,
      signal: limit.signal,
    })
  if (method !== 'GET' && method !== 'HEAD') return attempt()
  return attempt().catch((thrown: unknown) => {
    if (isDropped(thrown) && !limit.signal.aborted) return attempt()
    throw thrown
  })
}

function bodyOf(request: RequestOptions): { readonly type: string | null; readonly body: string | null } {
  if (request.form !== undefined)
    return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(request.form).toString() }
  if (request.body !== undefined) return { type: 'application/json', body: JSON.stringify(request.body) }
  return { type: null, body: null }
}

async function complete(name: string, url: URL, response: Response, maxBytes: number): Promise<Answer> {
  const encoding = response.headers['content-encoding']
  const body = await readBody(name, response.body, encoding === 'gzip' ? 'gzip' : '', maxBytes)
  return { status: response.statusCode, headers: response.headers, body, url }
}

function webPage(name: string): AppError {
  return new AppError('unsupported', `${name} answered with a web page, not JSON.`, {
    hint: 'Is it behind a login page, or is the path prefix of the URL wrong?',
  })
}
