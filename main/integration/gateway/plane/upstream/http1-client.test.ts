import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttp1Client } from './http1-client.ts'
import type { Outgoing, Sent, UpstreamClient, UpstreamError } from './upstream.ts'

type Answer = { readonly status: number; readonly body: string }

const ending: (() => void)[] = []
afterEach(() => {
  for (const end of ending.splice(0)) end()
})

async function http(answer: RequestListener) {
  const server = createServer(answer)
  let connections = 0
  server.on('connection', () => {
    connections++
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  ending.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

async function tcp(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createTcp((socket) => {
    sockets.add(socket.on('error', () => {}))
    onSocket(socket)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  ending.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function clientOf(port: number, maxConnections = 10): UpstreamClient {
  const client = createHttp1Client({ host: '127.0.0.1', port, tls: null, connectTimeoutMs: 1_000, maxConnections })
  ending.push(() => client.destroy())
  return client
}

/** Sends, and resolves with the answer or what became of it; `sent` is told as soon as it can be steered. */
function ask(client: UpstreamClient, given: Partial<Outgoing> = {}, sent: (sent: Sent) => void = () => {}) {
  return new Promise<Answer | UpstreamError>((resolve) => {
    let status = 0
    let body = ''
    const outgoing: Outgoing = {
      ...{ method: 'GET', path: '/', headers: ['host', 'a.example'], body: null },
      ...{ headersTimeoutMs: 0, idleTimeoutMs: 0 },
      ...given,
    }
    sent(
      client.send(outgoing, {
        head(code) {
          status = code
        },
        body(chunk) {
          body += chunk.toString()
        },
        end: () => resolve({ status, body }),
        failed: resolve,
      }),
    )
  })
}

const echo = (request: IncomingMessage, response: ServerResponse): void => {
  const seen: Buffer[] = []
  request.on('data', (chunk: Buffer) => seen.push(chunk))
  request.on('end', () => response.end(`${request.method} ${request.url} ${Buffer.concat(seen)}`))
}

describe('requests over HTTP/1.1', () => {
  it('one after another share a connection', async () => {
    const server = await http(echo)
    const client = clientOf(server.port)
    for (const path of ['/a', '/b', '/c'])
      expect(await ask(client, { path })).toEqual({ status: 200, body: `GET ${path} ` })
    expect(server.connections()).toBe(1)
  })

  it('at once have one each, and wait their turn beyond the most', async () => {
    const server = await http(echo)
    const client = clientOf(server.port, 3)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(client, { path: `/${index}` })))
    expect(answers).toEqual(Array.from({ length: 50 }, (_, index) => ({ status: 200, body: `GET /${index} ` })))
    expect(server.connections()).toBe(3)
  })

  it('send a body of a length, in chunks, and as bytes', async () => {
    const client = clientOf((await http(echo)).port)
    const pieces = (): Readable => Readable.from([Buffer.from('one '), Buffer.from('two')])
    const headers = ['host', 'a.example', 'content-length', '7']
    const whole = { status: 200, body: 'PUT / one two' }
    expect(await ask(client, { method: 'PUT', body: pieces(), headers })).toEqual(whole)
    expect(await ask(client, { method: 'PUT', body: pieces() })).toEqual(whole)
    expect(await ask(client, { method: 'PUT', body: Buffer.from('one two') })).toEqual(whole)
  })

  it.each([
    ['longer', '3'],
    ['shorter', '9'],
  ])('whose body is %s than it said do not reach another', async (_, length) => {
    const server = await http(echo)
    const client = clientOf(server.port, 1)
    const headers = ['host', 'a.example', 'content-length', length]
    const body = Readable.from([Buffer.from('one two')])
    expect(await ask(client, { method: 'PUT', body, headers })).toMatchObject({ fault: 'closed' })
    expect(await ask(client)).toEqual({ status: 200, body: 'GET / ' })
    expect(server.connections()).toBe(2)
  })

  it.each<[string, Partial<Outgoing>]>([
    ['a line end in a value', { headers: ['x-a', 'b\r\nx-c: d'] }],
    ['a line end in a name', { headers: ['x-a\r\nx-c', 'd'] }],
    ['a blank in its target', { path: '/a HTTP/1.1\r\nx: y' }],
    ['a blank in its method', { method: 'GET /a' }],
    ['a tunnel for a method', { method: 'CONNECT' }],
    ['two lengths', { headers: ['content-length', '1', 'content-length', '1'], body: Buffer.from('a') }],
    ['a length and no body', { headers: ['content-length', '1'] }],
  ])('with %s are not sent', async (_, given) => {
    const server = await http(echo)
    await expect(ask(clientOf(server.port), given)).rejects.toMatchObject({ fault: 'unsendable' })
    expect(server.connections()).toBe(0)
  })

  it('answered before their body was sent leave their connection to nobody', async () => {
    const server = await http((_, response) => response.writeHead(413, { 'content-length': 0 }).end())
    const client = clientOf(server.port, 1)
    const body = new Readable({ read() {} })
    body.push('begun')
    expect(await ask(client, { method: 'PUT', body })).toEqual({ status: 413, body: '' })
    expect(await ask(client)).toEqual({ status: 413, body: '' })
    expect(server.connections()).toBe(2)
  })

  it('hear nothing of bytes that came behind the answer before', async () => {
    let given = 0
    const port = await tcp((socket) =>
      socket.on('data', () => {
        given++
        const forged = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged'
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood${given === 1 ? forged : ''}`)
      }),
    )
    const client = clientOf(port, 1)
    const answers = await Promise.all([ask(client), ask(client), ask(client)])
    expect(answers).toEqual(Array.from({ length: 3 }, () => ({ status: 200, body: 'good' })))
  })

  it('are given up when the head, or the rest, does not come', async () => {
    const silent = clientOf(await tcp(() => {}))
    expect(await ask(silent, { headersTimeoutMs: 200 })).toMatchObject({ fault: 'timeout' })
    const stuck = clientOf(await tcp((socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf')))
    expect(await ask(stuck, { idleTimeoutMs: 200 })).toMatchObject({ fault: 'timeout' })
  })

  it('fail each by itself where nobody listens', async () => {
    const port = await tcp(() => {})
    for (const end of ending.splice(0)) end()
    await sleep(20)
    const answers = await Promise.all([ask(clientOf(port)), ask(clientOf(port))])
    expect(answers).toMatchObject([{ fault: 'connect' }, { fault: 'connect' }])
    const client = clientOf(port, 1)
    const failed = await Promise.all([ask(client), ask(client), ask(client)])
    expect(failed.map((each) => 'fault' in each && each.message)).toEqual(Array(3).fill('ECONNREFUSED'))
  })

  it('that are given up do not keep others waiting', async () => {
    const port = await tcp((socket) => {
      socket.on('data', (data) => {
        if (!data.includes('/never')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      })
    })
    const client = clientOf(port, 1)
    const told: Sent[] = []
    void ask(client, { path: '/never' }, (sent) => told.push(sent))
    void ask(client, { path: '/never' }, (sent) => told.push(sent))
    const waiting = ask(client)
    await sleep(50)
    for (const each of told) each.abort()
    expect(await waiting).toEqual({ status: 200, body: 'ok' })
  })

  it('use no connection that its server is about to close', async () => {
    const server = await http((_, response) => response.setHeader('keep-alive', 'timeout=1').end('ok'))
    const client = clientOf(server.port)
    await ask(client)
    await sleep(50)
    expect(await ask(client)).toEqual({ status: 200, body: 'ok' })
    expect(server.connections()).toBe(2)
  })

  it('under way when the client closes are answered, and then no connection is left', async () => {
    let open = 0
    const server = createServer((_, response) => void setTimeout(() => response.end('late'), 100))
    server.on('connection', (socket) => {
      open++
      socket.on('close', () => open--)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    ending.push(() => void server.close())
    const client = clientOf((server.address() as AddressInfo).port)
    const answer = ask(client)
    await expect.poll(() => open).toBe(1)
    client.close()
    expect(await answer).toEqual({ status: 200, body: 'late' })
    await expect.poll(() => open).toBe(0)
  })

  it('hold an answer back while nobody takes it', async () => {
    const mebibytes = 16
    let written = 0
    const server = await http((_, response) => {
      const more = (): void => {
        while (written < mebibytes * 16) {
          written++
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    })
    let sent: Sent | null = null
    let bytes = 0
    const over = new Promise<void>((resolve) => {
      const client = clientOf(server.port)
      const receiver = {
        head: () => sent?.pause(),
        body(chunk: Buffer) {
          bytes += chunk.length
        },
        end: () => resolve(),
        failed: () => resolve(),
      }
      sent = client.send(
        {
          ...{ method: 'GET', path: '/', headers: ['host', 'a'], body: null },
          headersTimeoutMs: 0,
          idleTimeoutMs: 100,
        },
        receiver,
      )
    })
    await sleep(500)
    expect(written).toBeLessThan(mebibytes * 16)
    ;(sent as Sent | null)?.resume()
    await over
    expect(bytes).toBe(mebibytes * 1_048_576)
  })
})
