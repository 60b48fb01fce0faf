import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { AnswerReader } from './answer-reader.ts'

type Read = {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
}

/** Everything that is read of these pieces, then the end of the connection; null where it is no answer, or not whole. */
function read(pieces: readonly Buffer[], method = 'GET'): Read | null {
  let status = 0
  let headers: readonly string[] = []
  let body = ''
  let whole: Read | null = null
  const reader = new AnswerReader({
    onHead(code, fields) {
      status = code
      headers = fields
    },
    onBody(chunk) {
      body += chunk.toString('latin1')
    },
    onEnd(trailers) {
      whole = { status, headers, body, trailers }
    },
  })
  reader.begin(method)
  try {
    for (const piece of pieces) reader.push(piece)
    reader.ended()
  } catch {
    return null
  }
  return whole
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

/** What node's own client, which reads with llhttp, makes of the same bytes. */
async function readByNode(text: string, method = 'GET'): Promise<Omit<Read, 'trailers'> | null> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(bytes(text)))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  try {
    return await new Promise((resolve) => {
      const { port } = server.address() as AddressInfo
      const asking = request({ host: '127.0.0.1', port, method, agent: false }, (answer) => {
        let body = ''
        answer.setEncoding('latin1')
        answer.on('data', (chunk: string) => {
          body += chunk
        })
        const lower = answer.rawHeaders.map((each, index) => (index % 2 === 0 ? each.toLowerCase() : each))
        answer.on('end', () =>
          resolve(answer.complete ? { status: answer.statusCode ?? 0, headers: lower, body } : null),
        )
        answer.on('error', () => resolve(null))
      })
      asking.on('error', () => resolve(null))
      asking.end()
    })
  } finally {
    server.close()
  }
}

const good: Readonly<Record<string, string>> = {
  'a length': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello',
  'no body': 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n',
  'no phrase': 'HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\nok',
  chunks: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n',
  'chunks with trailers':
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\nA\r\n0123456789\r\n0\r\nx-sum: 1\r\n\r\n',
  'until the end': 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nas long as it lasts',
  'HTTP/1.0': 'HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nold',
  'one on the way first': 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx',
  '304 with a length': 'HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\netag: "a"\r\n\r\n',
  'the same field twice': 'HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 0\r\n\r\n',
  'blanks around values': 'HTTP/1.1 200 OK\r\nx-a: \t b c \t\r\nx-b:\r\ncontent-length: 0\r\n\r\n',
  'bytes beyond ASCII': 'HTTP/1.1 200 OK\r\nx-a: caf\xe9\r\ncontent-length: 2\r\n\r\n\xff\x00',
}

const evil: Readonly<Record<string, string>> = {
  'two lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
  'a length and chunks': 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  'a signed length': 'HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\nhello',
  'a list of lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\nhello',
  'a blank before the colon': 'HTTP/1.1 200 OK\r\ncontent-length : 5\r\n\r\nhello',
  'a folded line': 'HTTP/1.1 200 OK\r\nx-a: b\r\n c\r\ncontent-length: 5\r\n\r\nhello',
  'a bare line feed': 'HTTP/1.1 200 OK\r\nx-a: b\nx-c: d\r\ncontent-length: 5\r\n\r\nhello',
  'a bare carriage return': 'HTTP/1.1 200 OK\r\nx-a: b\rc\r\ncontent-length: 5\r\n\r\nhello',
  'a null in a value': 'HTTP/1.1 200 OK\r\nx-a: b\0c\r\ncontent-length: 5\r\n\r\nhello',
  'a line without a name': 'HTTP/1.1 200 OK\r\n: b\r\ncontent-length: 5\r\n\r\nhello',
  'an unknown coding': 'HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\nhello',
  'two codings': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n',
  'a chunk longer than its size': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n',
  'a chunk with a negative size': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\nh\r\n0\r\n\r\n',
  'a chunk with a huge size':
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nh\r\n0\r\n\r\n',
  'less than it says': 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello',
  'chunks without an end': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n',
  'another answer behind it':
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nb',
  'another protocol': 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
  'another version': 'HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n',
  'a change of protocol': 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n',
  'no such status': 'HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n',
  'a head without an end': `HTTP/1.1 200 OK\r\nx-a: ${'b'.repeat(40_000)}`,
}

describe('an answer', () => {
  it.each(Object.entries(good))('with %s is read as node reads it', async (_, text) => {
    const ours = read([bytes(text)])
    const { trailers: _trailers, ...rest } = ours ?? { trailers: [] }
    expect(rest).toEqual(await readByNode(text))
  })

  it.each(Object.entries(good))('with %s is the same wherever it is cut', (_, text) => {
    const whole = read([bytes(text)])
    expect(whole).not.toBeNull()
    for (let at = 1; at < text.length; at++)
      expect(read([bytes(text.slice(0, at)), bytes(text.slice(at))])).toEqual(whole)
    expect(read([...text].map(bytes))).toEqual(whole)
  })

  it.each(Object.entries(evil))('with %s is none', (_, text) => {
    expect(() => {
      const reader = new AnswerReader({ onHead() {}, onBody() {}, onEnd() {} })
      reader.begin('GET')
      reader.push(bytes(text))
      if (!reader.ended() && reader.reading) throw new Error('not whole')
    }).toThrow()
  })

  it('to HEAD has no body, whatever its length says', () => {
    expect(read([bytes('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n')], 'HEAD')).toMatchObject({ body: '' })
  })

  it('says whether its connection can carry another', () => {
    const reusable = (text: string): boolean => {
      const reader = new AnswerReader({ onHead() {}, onBody() {}, onEnd() {} })
      reader.begin('GET')
      reader.push(bytes(text))
      return reader.reusable
    }
    expect(reusable('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')).toBe(true)
    expect(reusable('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')).toBe(false)
    expect(reusable('HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n')).toBe(false)
    expect(reusable('HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: Keep-Alive\r\n\r\n')).toBe(true)
    expect(reusable('HTTP/1.1 200 OK\r\n\r\n')).toBe(false)
  })

  it('of random bytes is never read differently than llhttp reads it', async () => {
    const alphabet = [
      ...['\r\nx-a: b', '\r\nx-c:', '\r\nX-A: b', 'HTTP/1.1 200 OK', '\r\n', '\n', '\r', 'content-length: '],
      ...['transfer-encoding: chunked', '3', 'a', ':', ' ', '0', '\t', '\x00'],
    ]
    let seed = 7
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((seed / 2_147_483_648) * below)
    }
    let both = 0
    for (let round = 0; round < 1_000; round++) {
      const tail = Array.from({ length: random(5) }, () => alphabet[random(alphabet.length)]).join('')
      const text = `HTTP/1.1 200 OK\r\ncontent-length: 3${tail}\r\n\r\nabc`
      const ours = read([bytes(text)])
      if (ours === null) continue // stricter is fine
      both++
      expect({ text, read: { status: ours.status, headers: ours.headers, body: ours.body } }).toEqual({
        text,
        read: await readByNode(text),
      })
    }
    expect(both).toBeGreaterThan(100)
  })
})
