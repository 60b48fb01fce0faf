import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  backend,
  get,
  type Plane,
  plane,
  prefix,
  raw,
  route,
  statuses,
  type Upstream,
  upstream,
} from './plane.fixture.ts'

let recording: Upstream
let gateway: Plane
const host = 'Host: gate.example\r\n'
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: gate.example\r\n\r\n'
const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`

beforeAll(async () => {
  recording = await upstream('ok')
  gateway = await plane({
    listeners: [
      {
        name: 'web',
        port: 0,
        protocol: 'http',
        limits: { headersTimeoutMs: 600, requestTimeoutMs: 1_200, maxHeaders: 60 },
      },
    ],
    backends: [backend('b', recording.port)],
    routes: [
      route(
        'all',
        { backends: [{ backend: 'b' }], bodyLimitBytes: 1_000 },
        { matches: [prefix('/admin')], backends: [{ backend: 'b' }], auth: { schemes: [{ kind: 'apiKey' }] } },
      ),
    ],
  })
})
beforeEach(() => recording.seen.splice(0))
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await recording.close()
})

/** Attacks that must be refused: the upstream sees nothing of them. */
const refused: [string, string][] = [
  [
    'Content-Length and Transfer-Encoding together',
    `POST / HTTP/1.1\r\n${host}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'Transfer-Encoding before Content-Length',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${chunked(smuggled)}`,
  ],
  [
    'an unknown transfer coding',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n${chunked('a')}${smuggled}`,
  ],
  [
    'chunked that is not last',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked, identity\r\n\r\n${chunked('a')}${smuggled}`,
  ],
  [
    'two Transfer-Encoding fields',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n${chunked('a')}${smuggled}`,
  ],
  ['a space before the colon', `POST / HTTP/1.1\r\n${host}Transfer-Encoding : chunked\r\n\r\n${chunked(smuggled)}`],
  ['a tab before the colon', `POST / HTTP/1.1\r\n${host}Content-Length\t: 5\r\n\r\nhello${smuggled}`],
  ['two lengths that differ', `POST / HTTP/1.1\r\n${host}Content-Length: 0\r\nContent-Length: 50\r\n\r\n${smuggled}`],
  ['two lengths in one field', `POST / HTTP/1.1\r\n${host}Content-Length: 0, 50\r\n\r\n${smuggled}`],
  ['a length with a plus', `POST / HTTP/1.1\r\n${host}Content-Length: +5\r\n\r\nhello${smuggled}`],
  ['a length with a sign', `POST / HTTP/1.1\r\n${host}Content-Length: -5\r\n\r\nhello${smuggled}`],
  ['a length with a space inside', `POST / HTTP/1.1\r\n${host}Content-Length: 5 5\r\n\r\nhello${smuggled}`],
  ['a hexadecimal length', `POST / HTTP/1.1\r\n${host}Content-Length: 0x5\r\n\r\nhello${smuggled}`],
  ['a length beyond all numbers', `POST / HTTP/1.1\r\n${host}Content-Length: 99999999999999999999\r\n\r\nhello`],
  ['lines that end in LF alone', `POST / HTTP/1.1\n${host.replace('\r', '')}Content-Length: 5\n\nhello${smuggled}`],
  [
    'a header that ends in LF alone',
    `GET / HTTP/1.1\r\n${host}X-A: b\nTransfer-Encoding: chunked\r\n\r\n${chunked(smuggled)}`,
  ],
  [
    'a folded header',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n${chunked('a')}${smuggled}`,
  ],
  ['a NUL in a header', `GET / HTTP/1.1\r\n${host}X-A: b\0c\r\n\r\n`],
  ['a CR in a header', `GET / HTTP/1.1\r\n${host}X-A: b\rTransfer-Encoding: chunked\r\n\r\n`],
  ['a header without a name', `GET / HTTP/1.1\r\n${host}: nothing\r\n\r\n`],
  [
    'a chunk size that is no number',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'a chunk size with a prefix',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'a chunk size that overflows',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'a chunk longer than it says',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'a chunk that ends in LF alone',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n${smuggled}`,
  ],
  [
    'a chunk extension with LF alone',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5;a\nbb\r\nhello\r\n0\r\n\r\n${smuggled}`,
  ],
  ['two Host fields', `GET / HTTP/1.1\r\n${host}Host: other.example\r\n\r\n`],
  ['no Host field', 'GET / HTTP/1.1\r\n\r\n'],
  ['a Host that is none', 'GET / HTTP/1.1\r\nHost: gate.example/admin\r\n\r\n'],
  ['a target of another host', `GET http://other.example/ HTTP/1.1\r\n${host}\r\n`],
  ['a target with a user', `GET http://gate.example@other.example/ HTTP/1.1\r\n${host}\r\n`],
  ['a target that is a path of nothing', `GET admin HTTP/1.1\r\n${host}\r\n`],
  ['an encoded NUL', `GET /%00 HTTP/1.1\r\n${host}\r\n`],
  ['a backslash', `GET /..\\admin HTTP/1.1\r\n${host}\r\n`],
  ['a bad escape', `GET /%zz HTTP/1.1\r\n${host}\r\n`],
  ['dots beside an encoded slash', `GET /x/..%2fadmin HTTP/1.1\r\n${host}\r\n`],
  ['a fragment', `GET /#/admin HTTP/1.1\r\n${host}\r\n`],
  ['CONNECT', `CONNECT gate.example:443 HTTP/1.1\r\n${host}\r\n`],
  [
    'a WebSocket request with a body',
    `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\nContent-Length: 55\r\n\r\n${smuggled}`,
  ],
  ['an HTTP/2 preface on a plain connection', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  [
    'a length in a trailer',
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n`,
  ],
  ['HTTP/0.9', 'GET /\r\n\r\n'],
]

/** Odd requests that are legal or harmless: the upstream sees exactly one. */
const forwarded: [string, string, string][] = [
  [
    'a chunk extension',
    `POST /a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5;name=value\r\nhello\r\n0\r\n\r\n`,
    'hello',
  ],
  [
    'trailers',
    `POST /a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\nX-Trailer: late\r\n\r\n`,
    'hello',
  ],
  [
    'an offer of h2c',
    `GET /a HTTP/1.1\r\n${host}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n`,
    '',
  ],
  [
    'Connection that names Content-Length',
    `POST /a HTTP/1.1\r\n${host}Content-Length: 5\r\nConnection: close, content-length\r\n\r\nhello`,
    'hello',
  ],
  ['GET with a body', `GET /a HTTP/1.1\r\n${host}Content-Length: 5\r\nConnection: close\r\n\r\nhello`, 'hello'],
  ['two spaces after the method', `GET  /a HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, ''],
  ['a target in absolute form', `GET http://gate.example/a HTTP/1.1\r\n${host}\r\n`, ''],
  [
    'a header with an underscore that would be ours',
    `GET /a HTTP/1.1\r\n${host}X_Forwarded_For: 1.1.1.1\r\nConnection: close\r\n\r\n`,
    '',
  ],
]

describe('request smuggling', () => {
  it.each(refused)('refuses %s, and nothing of it goes upstream', async (_name, bytes) => {
    const answer = await raw(gateway.port, bytes)
    expect(recording.seen.map(({ url }) => url)).toEqual([])
    expect(statuses(answer).filter((status) => status < 400)).toEqual([])
  })

  it.each(forwarded)('forwards %s as exactly one request', async (_name, bytes, body) => {
    await raw(gateway.port, bytes)
    expect(recording.seen.map((seen) => [seen.url, seen.body])).toEqual([['/a', body]])
    expect(recording.seen[0]?.headers.upgrade).toBeUndefined()
    expect(recording.seen[0]?.headers.x_forwarded_for).toBeUndefined()
  })

  it('sees two pipelined requests as two', async () => {
    const answer = await raw(gateway.port, `GET /a HTTP/1.1\r\n${host}\r\nGET /b HTTP/1.1\r\n${host}\r\n`)
    expect(statuses(answer)).toEqual([200, 200])
    expect(recording.seen.map(({ url }) => url)).toEqual(['/a', '/b'])
  })

  it.each(['/x/../admin', '//admin', '/%61dmin', '/./admin', '/x/%2e%2e/admin'])(
    'asks for credentials at %s, which an upstream may read as /admin',
    async (path) => {
      const answer = await raw(gateway.port, `GET ${path} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)
      expect(statuses(answer)).toEqual([401])
      expect(recording.seen).toEqual([])
    },
  )
})

describe('floods', () => {
  it('cuts off a client that sends its header a byte at a time', async () => {
    const started = performance.now()
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(gateway.port, '127.0.0.1')
      let text = ''
      const timer = setInterval(() => socket.write('X'), 50)
      socket.write(`GET / HTTP/1.1\r\n${host}X-Slow: `)
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        clearInterval(timer)
        resolve(text)
      })
    })
    expect(statuses(answer)).toEqual([408])
    expect(performance.now() - started).toBeLessThan(4_000)
  })

  it('cuts off a client that sends its body a byte at a time', async () => {
    const closed = new Promise<void>((resolve) => {
      const socket = connect(gateway.port, '127.0.0.1')
      const timer = setInterval(() => socket.write('X'), 50)
      socket.write(`POST / HTTP/1.1\r\n${host}Content-Length: 900\r\n\r\n`)
      socket.on('data', () => {}).on('error', () => {})
      socket.on('close', () => {
        clearInterval(timer)
        resolve()
      })
    })
    await closed
    expect(recording.seen).toEqual([])
  })

  it('refuses too many header fields and too large ones', async () => {
    const many = Array.from({ length: 61 }, (_, index) => `X-${index}: a\r\n`).join('')
    expect(statuses(await raw(gateway.port, `GET / HTTP/1.1\r\n${host}${many}\r\n`))).toEqual([431])
    expect(statuses(await raw(gateway.port, `GET / HTTP/1.1\r\n${host}X-Big: ${'a'.repeat(17_000)}\r\n\r\n`))).toEqual([
      431,
    ])
    expect(recording.seen).toEqual([])
  })

  it('refuses a body beyond the limit, stated or not', async () => {
    expect((await get(gateway.port, '/', { method: 'POST', body: 'a'.repeat(1_001) })).status).toBe(413)
    const unstated = `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n${chunked('a'.repeat(1_001))}`
    expect(statuses(await raw(gateway.port, unstated))).toEqual([413])
    expect(recording.seen).toEqual([])
    expect((await get(gateway.port, '/', { method: 'POST', body: 'a'.repeat(1_000) })).status).toBe(200)
  })
})
