import {
  request as ask,
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { silentLog } from '#main/kernel/log/log.ts'
import type { PlaneConfigInput } from './config.ts'
import { createGatewayPrimary, type GatewayPrimary } from './primary.ts'

type Recorded = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}
export type Upstream = AsyncDisposable & {
  readonly port: number
  readonly seen: Recorded[]
  readonly close: () => Promise<void>
}
export type Answer = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string }

/** A real server that remembers whole requests, and answers its name unless told otherwise. */
export async function upstream(name: string, answer?: RequestListener): Promise<Upstream> {
  const seen: Recorded[] = []
  const server = createServer({ keepAliveTimeout: 60_000 }, (request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () =>
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }),
    )
    if (answer) answer(request, response)
    else request.on('end', () => response.end(name))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = address !== null && typeof address !== 'string' ? address.port : 0
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done())
      server.closeAllConnections()
    })
  return { port, seen, close, [Symbol.asyncDispose]: close }
}

export type Plane = AsyncDisposable & { readonly primary: GatewayPrimary; readonly port: number }

export const workerEntry = resolve('main/app/gateway-worker.ts')
export const startPrimary = (workers = 1, entry = workerEntry): GatewayPrimary =>
  createGatewayPrimary({ workerEntry: entry, workers, log: silentLog })

/** A running data plane with one plain listener, `web`. */
export async function plane(config: Partial<PlaneConfigInput>, workers = 1): Promise<Plane> {
  const primary = startPrimary(workers)
  const { listeners } = await primary.apply({ ...nothing, ...config })
  return { primary, port: listeners[0]?.port ?? 0, [Symbol.asyncDispose]: () => primary.close(200) }
}

const nothing: PlaneConfigInput = { listeners: [{ name: 'web', port: 0, protocol: 'http' }], routes: [], backends: [] }

type Rule = PlaneConfigInput['routes'][number]['rules'][number]
export const route = (name: string, ...rules: Rule[]): PlaneConfigInput['routes'][number] => ({
  name,
  listeners: ['web'],
  rules,
})
export const backend = (name: string, ...ports: number[]): PlaneConfigInput['backends'][number] => ({
  name,
  endpoints: ports.map((port) => ({ host: '127.0.0.1', port })),
})
export const prefix = (value: string) => ({ path: { kind: 'prefix' as const, value } })

type Asked = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string
  /** The address of this machine that asks. */
  readonly from?: string
}

/** One request on a connection of its own. Rejects when the answer is cut off. */
export function get(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body, from = '127.0.0.1' }: Asked = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = ask(
      { host: '127.0.0.1', port, path, method, headers: { ...headers }, localAddress: from, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
        response.on('error', reject)
      },
    )
    asking.on('error', reject)
    asking.end(body)
  })
}

/** Sends bytes as they are and returns all that comes back until the other side closes, or nothing came for a while. */
export function raw(port: number, bytes: string, quietMs = 250): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    let timer = setTimeout(() => socket.destroy(), quietMs)
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      text += chunk
      clearTimeout(timer)
      timer = setTimeout(() => socket.destroy(), quietMs)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
    socket.write(bytes, 'latin1')
  })
}

export const statuses = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
