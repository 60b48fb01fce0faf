import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Fault, type FaultOf, type FaultServer, startFault } from '#e2e/app/peers/fault.ts'
import { freePort } from '#e2e/app/peers/peer.ts'
import { startProxy } from '#e2e/app/peers/proxy.ts'
import { AppError } from '#preload/contract/error.ts'
import { createHttpClient, type HttpClientOptions, type RequestOptions } from './client.ts'
import type { Authentication, Endpoint } from './endpoint.ts'
import { retryAfterSeconds } from './status.ts'

const endpointAt = (url: string, auth: Authentication = { kind: 'none' }): Endpoint => ({
  name: 'Metrics',
  url,
  auth,
  tls: {},
})

async function failure(work: Promise<unknown>): Promise<AppError> {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  )
  if (thrown instanceof AppError) return thrown
  throw new Error(`It should have failed with an AppError, not ${thrown}.`)
}

async function ask(
  endpoint: Endpoint,
  options: HttpClientOptions = {},
  request: RequestOptions = {},
): Promise<unknown> {
  const client = createHttpClient(endpoint, options)
  try {
    return await client.json(z.object({ status: z.string() }), '/api/x', request)
  } finally {
    await client.close()
  }
}

async function against(fault: FaultOf, options: HttpClientOptions = {}, auth?: Authentication): Promise<AppError> {
  await using server = await startFault(fault)
  return await failure(ask(endpointAt(server.url, auth), options))
}

describe('an answer', () => {
  it('is read by its schema, unzipped, with credentials and path prefix sent', async () => {
    const body = gzipSync(JSON.stringify({ status: 'ok', more: 1 }))
    await using server = await startFault({ kind: 'raw', headers: { 'content-encoding': 'gzip' }, body })
    const endpoint = endpointAt(`${server.url}/prom`, { kind: 'bearer', token: 't0ken' })
    expect(await ask(endpoint, {}, { query: { q: 'a b' } })).toEqual({ status: 'ok' })
    expect(server.requests[0]).toMatchObject({ url: '/prom/api/x?q=a+b', headers: { authorization: 'Bearer t0ken' } })
  })

  it('to a form or a JSON body is read alike', async () => {
    await using server = await startFault({ kind: 'json', body: { status: 'ok' } })
    await ask(endpointAt(server.url), {}, { method: 'POST', form: { query: 'a&b' } })
    await ask(endpointAt(server.url), {}, { method: 'POST', body: { a: 1 } })
    expect(server.requests.map(({ body }) => body)).toEqual(['query=a%26b', '{"a":1}'])
  })
})

describe('a server that fails', () => {
  const table: readonly (readonly [string, Fault, string, RegExp, RegExp])[] = [
    ['malformed JSON', { kind: 'malformed-json' }, 'unsupported', /malformed JSON.*character 32/, /proxy/],
    ['a web page', { kind: 'html' }, 'unsupported', /web page, not JSON/, /login page/],
    [
      'another shape',
      { kind: 'json', body: { status: 1 } },
      'unsupported',
      /status should be string, but is a number/,
      /version/,
    ],
    ['401', { kind: 'status', status: 401 }, 'unauthenticated', /this connection has none/, /Add a user name/],
    [
      '403',
      { kind: 'status', status: 403, body: 'role viewer' },
      'forbidden',
      /does not allow this.*role viewer/,
      /permission/,
    ],
    ['404', { kind: 'status', status: 404 }, 'not_found', /nothing at \/api\/x/, /path prefix/],
    ['407', { kind: 'status', status: 407 }, 'unauthenticated', /A proxy before Metrics/, /without/],
    [
      '422',
      { kind: 'status', status: 422, body: '{"error":"too many"}' },
      'refused',
      /HTTP 422\): too many$/,
      /not help/,
    ],
    ['429', { kind: 'status', status: 429, headers: { 'retry-after': '30' } }, 'refused', /too often/, /wait 30 s/],
    ['500', { kind: 'status', status: 500, body: 'boom' }, 'refused', /failed to answer \(HTTP 500\): boom/, /its log/],
    ['502', { kind: 'status', status: 502 }, 'unreachable', /not available.*502/, /try again/],
    ['503', { kind: 'status', status: 503 }, 'unreachable', /not available.*503/, /try again/],
    ['504', { kind: 'status', status: 504 }, 'timeout', /own proxy in time/, /load/],
    [
      'a redirect loop',
      { kind: 'redirect-loop' },
      'refused',
      /in circles: more than 5 times, last to \/api\/x/,
      /external URL/,
    ],
    ['closing mid-body', { kind: 'close-mid-body' }, 'unreachable', /closed the connection before/, /Try again/],
    ['closing unanswered', { kind: 'close-before-answer' }, 'unreachable', /closed the connection before/, /https/],
  ]

  it.each(table)('with %s has its sentence and hint', async (_name, fault, code, message, hint) => {
    const error = await against(fault)
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/Metrics/)
  })

  it('is worth another try only where time can help', async () => {
    const retryable = async (status: number) => (await against({ kind: 'status', status })).retryable
    expect(await Promise.all([401, 403, 404, 422, 429, 500, 503].map(retryable))).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
      true,
    ])
  })

  it('by never answering ends in a timeout', async () => {
    expect(await against({ kind: 'silent' }, { timeoutMs: 300 })).toMatchObject({ code: 'timeout' })
  })

  it('by dripping ends in a timeout of the whole, not of each byte', async () => {
    expect(await against({ kind: 'drip', everyMs: 50 }, { timeoutMs: 400 })).toMatchObject({
      code: 'timeout',
      message: 'Metrics did not answer within 0.4 s.',
    })
  })

  it('by streaming 2 GiB is left at the limit, without holding it', async () => {
    await using server = await startFault({ kind: 'endless' })
    const error = await failure(ask(endpointAt(server.url), { maxBytes: 8 * 1024 ** 2 }))
    expect(error).toMatchObject({ code: 'too_large', message: expect.stringContaining('8 MiB') })
    expect(server.sentBytes()).toBeLessThan(64 * 1024 ** 2)
  })

  it('by a zip bomb is left at the limit too', async () => {
    const body = gzipSync(Buffer.alloc(32 * 1024 ** 2))
    const error = await against({ kind: 'raw', headers: { 'content-encoding': 'gzip' }, body }, { maxBytes: 1024 ** 2 })
    expect(error.code).toBe('too_large')
  })

  it('by a broken zip is told as a broken answer', async () => {
    const error = await against({ kind: 'raw', headers: { 'content-encoding': 'gzip' }, body: 'not gzip' })
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('cannot be unpacked') })
  })

  it('is told apart by who goes away: us, before or during the answer', async () => {
    await using server = await startFault({ kind: 'silent' })
    const controller = new AbortController()
    const asked = failure(ask(endpointAt(server.url), {}, { signal: controller.signal }))
    setTimeout(() => controller.abort(), 50)
    expect(await asked).toMatchObject({ code: 'cancelled' })
    expect(await failure(ask(endpointAt(server.url), {}, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'cancelled',
    })
  })
})

describe('the wait that a server asks for', () => {
  it('is read from seconds and from a date', () => {
    const now = Date.UTC(2026, 10, 24, 3, 0, 0)
    expect(retryAfterSeconds('120', now)).toBe(120)
    expect(retryAfterSeconds('Tue, 24 Nov 2026 03:00:30 GMT', now)).toBe(30)
    expect(retryAfterSeconds('Tue, 24 Nov 2026 02:00:00 GMT', now)).toBe(0)
    expect(retryAfterSeconds('soon', now)).toBeNull()
  })
})

describe('a client that is closed', () => {
  it('cancels what is still waiting', async () => {
    await using server = await startFault({ kind: 'silent' })
    const client = createHttpClient(endpointAt(server.url))
    const waiting = failure(client.text('/'))
    await client.close()
    expect(await waiting).toMatchObject({ code: 'cancelled' })
    expect(await failure(client.text('/'))).toMatchObject({ code: 'cancelled' })
  })
})

describe('an address that fails', () => {
  it('is told as refused when nothing listens', async () => {
    const error = await failure(ask(endpointAt(`http://127.0.0.1:${await freePort()}`)))
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('nothing listens') })
  })

  it('is told as unknown when its host has no address', async () => {
    const error = await failure(ask(endpointAt('http://no-such-host.invalid')))
    expect(error).toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/cannot be found.*no-such-host/),
    })
  })

  it('works again after the connection was cut and restored', async () => {
    await using server = await startFault({ kind: 'json', body: { status: 'ok' } })
    await using proxy = await startProxy(server.url)
    const client = createHttpClient(endpointAt(proxy.url))
    const status = () => client.json(z.object({ status: z.string() }), '/')
    await status()
    await proxy.cut()
    expect(await failure(status())).toMatchObject({ code: 'unreachable' })
    await proxy.restore()
    expect(await status()).toEqual({ status: 'ok' })
    await client.close()
  })

  it('does not lose a read to a kept connection that the server has just closed', async () => {
    let count = 0
    const secondDrops: FaultOf = () => (++count === 2 ? { kind: 'close-before-answer' } : { kind: 'json', body: {} })
    await using server = await startFault(secondDrops)
    const client = createHttpClient(endpointAt(server.url))
    await client.json(z.object({}), '/')
    await client.json(z.object({}), '/')
    expect(server.requests).toHaveLength(3)
    count = 1
    await failure(client.json(z.object({}), '/', { method: 'POST', body: {} }))
    expect(server.requests).toHaveLength(4)
    await client.close()
  })
})

describe('a redirect', () => {
  const onceTo = (to: (server: FaultServer) => string, status = 302) => {
    const self: { server?: FaultServer } = {}
    const fault: FaultOf = ({ url }) =>
      url === '/api/x' && self.server
        ? { kind: 'redirect', to: to(self.server), status }
        : { kind: 'json', body: { status: 'ok' } }
    return { self, fault }
  }

  it('within the origin is followed with the credentials', async () => {
    const { self, fault } = onceTo(() => '/elsewhere')
    await using server = await startFault(fault)
    self.server = server
    await ask(endpointAt(server.url, { kind: 'bearer', token: 't0ken' }))
    expect(server.requests[1]).toMatchObject({ url: '/elsewhere', headers: { authorization: 'Bearer t0ken' } })
  })

  it('to another origin is refused by name and never asked', async () => {
    await using login = await startFault({ kind: 'json', body: { status: 'ok' } })
    const error = await against(
      { kind: 'redirect', to: `${login.url}/login?state=s3cret` },
      {},
      { kind: 'bearer', token: 't' },
    )
    expect(error).toMatchObject({ code: 'refused', message: expect.stringContaining(`${login.url}/login,`) })
    expect(error.message).not.toContain('s3cret')
    expect(login.requests).toHaveLength(0)
  })

  it('of a change is refused unless it keeps the change', async () => {
    for (const [status, outcome] of [
      [302, 'refused'],
      [307, null],
    ] as const) {
      const { self, fault } = onceTo(() => '/elsewhere', status)
      await using server = await startFault(fault)
      self.server = server
      const asked = ask(endpointAt(server.url), {}, { method: 'POST', body: { a: 1 } })
      if (outcome === null) await asked
      else expect(await failure(asked)).toMatchObject({ code: outcome })
      expect(server.requests.at(-1)).toMatchObject({ method: 'POST', body: '{"a":1}' })
    }
  })
})

describe('text of a server in an error', () => {
  it('is short, inert, and never holds the credentials', async () => {
    const echo: FaultOf = ({ headers }) => ({
      kind: 'status',
      status: 400,
      body: `${headers.authorization} \u001b[31m\u202e${Buffer.from(headers.authorization?.slice(6) ?? '', 'base64')} ${'x'.repeat(5_000)}`,
    })
    const error = await against(echo, {}, { kind: 'basic', username: 'ana', password: 'hunter22' })
    const text = JSON.stringify(error.toShape())
    expect(text).not.toContain('hunter22')
    expect(text).not.toContain(btoa('ana:hunter22'))
    expect(error.message).not.toMatch(/[\p{Cc}\u202e]/u)
    expect(error.message.length).toBeLessThan(400)
  })
})
