import type { CustomFetch } from 'openid-client'
import { Agent, buildConnector } from 'undici'
import { readBody } from '#main/engines/http/body.ts'
import { deadline } from '#main/engines/http/deadline.ts'
import { tlsOptions } from '#main/engines/http/endpoint.ts'
import { connectionFailure } from '#main/engines/http/failure.ts'
import { AppError } from '#preload/contract/error.ts'
import { isSecure, type OidcSettings } from './settings.ts'

export const providerName = 'The identity provider'

export type Transport = {
  /** A fetch for one operation: it ends with `signal`, and each request in it after ten seconds. */
  during(signal?: AbortSignal): CustomFetch
  close(): Promise<void>
}

/** A JWKS of fifty RSA keys is some 30 KB. */
const maxBytes = 512 * 1024
const withoutBody: ReadonlySet<number> = new Set([101, 204, 205, 304])

/**
 * The way to an identity provider: TLS with the pinned authority, no redirects, at most 512 KiB in at most
 * `timeoutMs` (10 s unless given) an answer. Failures are `unreachable`, `timeout`, `too_large` and `cancelled`.
 */
export function createTransport(settings: OidcSettings, timeoutMs = 10_000): Transport {
  const trust = settings.ca === undefined ? {} : { ca: settings.ca }
  const connect = buildConnector({ ...tlsOptions(trust), timeout: timeoutMs, allowH2: false })
  const agent = new Agent({ connect, connections: 4, pipelining: 1, allowH2: false })

  const exchange = async (address: string, request: Parameters<CustomFetch>[1], signal?: AbortSignal) => {
    const url = new URL(address)
    if (!isSecure(url, settings)) throw insecure(url)
    const signals = [signal, request.signal].filter((one) => one !== undefined)
    using limit = deadline(providerName, timeoutMs, AbortSignal.any(signals))
    try {
      const { statusCode, headers, body } = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method === 'POST' ? 'POST' : 'GET',
        headers: { ...request.headers, 'accept-encoding': 'gzip' },
        body: request.body === null || request.body === undefined ? null : String(request.body),
        signal: limit.signal,
      })
      if (statusCode >= 300 && statusCode < 400) throw redirected(url, headers.location)
      const encoding = headers['content-encoding'] === 'gzip' ? 'gzip' : ''
      const text = await readBody(providerName, body, encoding, maxBytes)
      return responseOf(statusCode, headers, text)
    } catch (thrown) {
      throw limit.failure() ?? (thrown instanceof AppError ? thrown : connectionFailure(providerName, url, thrown))
    }
  }

  return {
    during: (signal) => (address, request) => exchange(address, request, signal),
    close: () => agent.destroy(),
  }
}

function responseOf(status: number, headers: Readonly<Record<string, unknown>>, text: string): Response {
  const kept = ['content-type', 'retry-after', 'www-authenticate', 'date']
  const pairs = kept.flatMap((name): [string, string][] => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value]] : []
  })
  return new Response(withoutBody.has(status) ? null : text, { status, headers: pairs })
}

const insecure = (url: URL): AppError =>
  new AppError('unauthenticated', `${providerName} wants to be spoken to without TLS (${url.protocol}//${url.host}).`, {
    hint: 'Have its addresses begin with https://.',
  })

/** The target stays out of the sentence but for its host: its query may hold a code. */
function redirected(from: URL, location: unknown): AppError {
  const target = typeof location === 'string' ? URL.parse(location, from.href) : null
  const where = target === null || target.host === '' ? 'elsewhere' : `to ${target.host}`
  return new AppError('unauthenticated', `${providerName} redirects its answer ${where}, which is not followed.`, {
    hint: 'Use the address it redirects to as the issuer, if you trust it.',
  })
}
