import type { ConnectionOptions } from 'node:tls'
import { buildConnector, type Dispatcher, Pool } from 'undici'
import { type Receiver, type Sent, type UpstreamClient, UpstreamError } from './upstream.ts'

type Options = {
  /** `http:` speaks HTTP/2 without TLS. */
  readonly origin: string
  readonly maxConnections: number
  readonly connectTimeoutMs: number
  readonly tls: Pick<ConnectionOptions, 'ca' | 'servername' | 'cert' | 'key'>
}

/** undici's Pool reads `useH2c` beside `h2Options` (8.12), and `servername` of a request, where its types have neither. */
type PoolOptions = Pool.Options & { readonly useH2c?: boolean }
type ConnectorOptions = buildConnector.BuildOptions & { readonly useH2c: boolean }
type DispatchOptions = Dispatcher.DispatchOptions & { readonly servername: string }

const keepAliveMs = 55_000

type Fields = Readonly<Record<string, string | string[] | undefined>>

/** Requests to one endpoint over HTTP/2, many at a time on each connection. */
export function createMultiplexedClient({ origin, maxConnections, connectTimeoutMs, tls }: Options): UpstreamClient {
  const useH2c = origin.startsWith('http:')
  const connecting: ConnectorOptions = { timeout: connectTimeoutMs, allowH2: true, preferH2: true, useH2c, ...tls }
  const connect = buildConnector(connecting)
  const options: PoolOptions = {
    ...{ connections: maxConnections, allowH2: true, useH2c, pipelining: 100 },
    ...{ keepAliveTimeout: keepAliveMs, keepAliveMaxTimeout: 600_000, maxHeaderSize: 32_768 },
    // undici would verify the host that the client asked for; it is the backend's own name that has to be right.
    connect: ({ servername: _, ...to }, done) => connect({ ...to, ...serverName(tls.servername) }, done),
  }
  const pool = new Pool(origin, options)
  return {
    send({ method, path, headers, body, headersTimeoutMs, idleTimeoutMs }, receiver) {
      const sending = new Sending(receiver)
      const request: DispatchOptions = {
        ...{ method, path, headers: [...headers], body },
        ...{ headersTimeout: headersTimeoutMs, bodyTimeout: idleTimeoutMs, servername: oneName },
      }
      pool.dispatch(request, sending)
      return sending
    },
    close: () => void pool.close().catch(() => {}), // what goes wrong then concerns nobody
    destroy: () => void pool.destroy().catch(() => {}),
  }
}

/** The same for all requests: at another name undici would end the connection, and its requests with it. */
const oneName = 'backend'
const serverName = (servername: string | undefined) => (servername === undefined ? {} : { servername })

class Sending implements Dispatcher.DispatchHandler, Sent {
  #receiver: Receiver | null
  #controller: Dispatcher.DispatchController | null = null

  constructor(receiver: Receiver) {
    this.#receiver = receiver
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  abort(): void {
    this.#receiver = null
    this.#controller?.abort(new Error('given up'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#receiver === null) controller.abort(new Error('given up'))
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Fields): void {
    if (status >= 200) this.#receiver?.head(status, flatOf(headers))
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#receiver?.body(chunk)
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: Fields): void {
    const receiver = this.#receiver
    this.#receiver = null
    receiver?.end(flatOf(trailers))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const receiver = this.#receiver
    this.#receiver = null
    receiver?.failed(faultOf(error))
  }
}

function flatOf(fields: Fields): string[] {
  const flat: string[] = []
  for (const name in fields) {
    const value = fields[name]
    if (typeof value === 'string') flat.push(name, value)
    else for (const each of value ?? []) flat.push(name, each)
  }
  return flat
}

const unsendable = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED'])

function faultOf(error: Error): UpstreamError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message
  if (unsendable.has(code)) return new UpstreamError('unsendable', error.message)
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return new UpstreamError('connect timeout', 'not connected in time')
  return new UpstreamError(code.endsWith('_TIMEOUT') ? 'timeout' : 'closed', code)
}
