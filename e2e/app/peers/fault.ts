import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { listen } from './listen.ts'

/** How the hostile server treats each request. */
export type Fault =
  | { readonly kind: 'json'; readonly body: unknown }
  | { readonly kind: 'raw'; readonly status?: number; readonly headers?: Headers; readonly body: string | Buffer }
  | { readonly kind: 'malformed-json' }
  | { readonly kind: 'html' }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Headers; readonly body?: string }
  | { readonly kind: 'redirect-loop' }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** Streams up to `bytes` (2 GiB unless given) without ever holding them. */
  | { readonly kind: 'endless'; readonly bytes?: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'close-before-answer' }
  | { readonly kind: 'close-mid-body' }
  | { readonly kind: 'drip'; readonly everyMs: number }

type Headers = Readonly<Record<string, string>>

export type FaultTls = {
  readonly cert: string
  readonly key: string
  /** With it, clients must show a certificate of this CA (mutual TLS). */
  readonly clientCa?: string
}

export type SeenRequest = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type FaultServer = {
  readonly url: string
  readonly port: number
  /** Every request it has seen, oldest first. */
  readonly requests: readonly SeenRequest[]
  /** Body bytes written by `endless`. */
  sentBytes(): number
  become(fault: FaultOf): void
  [Symbol.asyncDispose](): Promise<void>
}

/** One fault for all requests, or one chosen for each. */
export type FaultOf = Fault | ((request: SeenRequest) => Fault)

/** A hostile HTTP(S) server in this process, on loopback. */
export async function startFault(first: FaultOf, tls?: FaultTls): Promise<FaultServer> {
  let fault = first
  const requests: SeenRequest[] = []
  const sent = { bytes: 0 }
  const answer: RequestListener = async (request, response) => {
    const seen = { ...describe(request), body: await bodyOf(request) }
    requests.push(seen)
    misbehave(typeof fault === 'function' ? fault(seen) : fault, request, response, sent)
  }
  const server = tls === undefined ? createHttp(answer) : createHttps(tlsOptions(tls), answer)
  const { port, close } = await listen(server)
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    sentBytes: () => sent.bytes,
    become: (next) => {
      fault = next
    },
    [Symbol.asyncDispose]: close,
  }
}

const tlsOptions = (tls: FaultTls) => ({
  cert: tls.cert,
  key: tls.key,
  ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
})

const describe = (request: IncomingMessage) => ({
  method: request.method ?? '',
  url: request.url ?? '',
  headers: request.headers,
})

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  return body
}

const page = '<!doctype html><html><head><title>Sign in</title></head><body>Who are you?</body></html>'
const plain = { 'content-type': 'text/plain' }

function misbehave(fault: Fault, request: IncomingMessage, response: ServerResponse, sent: { bytes: number }): void {
  switch (fault.kind) {
    case 'json':
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(fault.body))
      return
    case 'raw':
      response.writeHead(fault.status ?? 200, { ...fault.headers }).end(fault.body)
      return
    case 'malformed-json':
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"success","data":[1,2,oops]}')
      return
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
      return
    case 'status':
      response.writeHead(fault.status, { ...plain, ...fault.headers }).end(fault.body ?? '')
      return
    case 'redirect-loop':
      response.writeHead(302, { location: request.url ?? '/' }).end()
      return
    case 'redirect':
      response.writeHead(fault.status ?? 302, { location: fault.to }).end()
      return
    case 'endless':
      stream(response, fault.bytes ?? 2 * 1024 ** 3, sent)
      return
    case 'silent':
      return
    case 'close-before-answer':
      request.socket.destroy()
      return
    case 'close-mid-body':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"status":')
      setTimeout(() => request.socket.destroy(), 20)
      return
    case 'drip':
      drip(response, fault.everyMs)
  }
}

function stream(response: ServerResponse, bytes: number, sent: { bytes: number }): void {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  let written = 0
  const more = () => {
    while (written < bytes && !response.destroyed) {
      written += chunk.length
      sent.bytes += chunk.length
      if (!response.write(chunk)) return
    }
    if (written >= bytes) response.end()
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.on('drain', more)
  more()
}

function drip(response: ServerResponse, everyMs: number): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), everyMs)
  response.once('close', () => clearInterval(timer))
}
