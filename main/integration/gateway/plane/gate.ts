import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Acceptors, createAcceptors } from './acceptors.ts'
import type { ListenerConfig } from './config.ts'
import { Exchange } from './exchange.ts'
import { takeProxyHeader } from './proxy-protocol.ts'
import { type ServerNames, serverNames, unnamedOptions } from './server-names.ts'
import type { Shared, Site } from './site.ts'
import { socketKey } from './site-builder.ts'

/** An open address of a worker. What it serves can be exchanged while connections are open. */
export type Gate = {
  readonly key: string
  /** Starts to serve this, from the next request on. */
  enter(site: Site, listeners: readonly ListenerConfig[]): void
  /** Takes no new connection. */
  leave(): void
  /** Takes no new connection; idle ones end at once, others with their answer. Resolves when none is left. */
  retire(): Promise<void>
  closeIdle(): void
  destroy(): void
  connections(): number
}

const headerBytes = 16_384
const lookedAtEveryMs = 1_000
const sweptEveryMs = 50
type State = { site: Site | null; contexts: ServerNames; maxConnections: number; proxied: boolean }
type AnyServer = Server | Http2SecureServer

type Opening = {
  readonly key: string
  readonly listeners: readonly ListenerConfig[]
  readonly shared: Shared
  /** Whether the primary holds the socket already. */
  readonly held: boolean
  readonly open: ReturnType<typeof createAcceptors>['open']
}

/** Opens an address and waits until the kernel listens. Connections wait until it is entered. Rejects with the system's error. */
export async function openGate({ key, listeners, shared, held, open }: Opening): Promise<Gate> {
  const [first] = listeners
  if (!first) throw new Error('A gate needs a listener.')
  const state: State = { site: null, contexts: () => null, maxConnections: 0, proxied: false }
  const sockets = new Set<Socket>()
  const sessions = new Set<ServerHttp2Session>()
  const peers = new Map<string, string>()
  let retired = false
  const here: Shared = { ...shared, leaving: () => retired || shared.leaving() }
  const server = first.protocol === 'https' ? secureServer(listeners, state) : createServer(httpOptions(first))
  const begin = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void =>
    serve(state, here, peers, request, response, null)
  server.on('request', begin)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    serve(state, here, peers, request, new ServerResponse(request), { socket, head })
  })
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => session.destroy())
  })
  server.on('error', () => {})
  server.emit('listening') // starts the watch over slow headers, although others listen for it
  const { host, port } = first
  const acceptors: Acceptors = await open({ key: socketKey(first), host, port, held }, (socket) => {
    if (sockets.size >= state.maxConnections) return void socket.destroy()
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    if (state.proxied) afterProxyHeader(socket, peers, () => server.emit('connection', socket))
    else server.emit('connection', socket)
  })
  const leave = (): void => {
    acceptors.close()
    for (const session of sessions) session.close()
  }
  const closeIdle = (): void => void ('closeIdleConnections' in server && server.closeIdleConnections())
  return {
    key,
    enter(site, now) {
      enter(server, state, site, now)
      acceptors.begin()
    },
    leave,
    retire: () => {
      retired = true
      leave()
      // Node takes a connection that has not asked yet for a busy one.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
      return swept(closeIdle, () => sockets.size === 0)
    },
    closeIdle,
    destroy: () => {
      for (const socket of sockets) socket.destroy()
    },
    connections: () => sockets.size,
  }
}

/** Again and again, because an answer under way has already promised its client that the connection stays. */
function swept(sweep: () => void, done: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      sweep()
      if (!done()) return
      clearInterval(timer)
      resolve()
    }
    const timer = setInterval(look, sweptEveryMs)
    look()
  })
}

const httpOptions = ({ limits }: ListenerConfig) => ({
  insecureHTTPParser: false,
  // A request without a body needs no stream that ends.
  optimizeEmptyRequests: true,
  requireHostHeader: true,
  maxHeaderSize: headerBytes,
  connectionsCheckingInterval: lookedAtEveryMs,
  headersTimeout: limits.headersTimeoutMs,
  requestTimeout: limits.requestTimeoutMs,
  keepAliveTimeout: limits.keepAliveMs,
  // Anything else that asks to be upgraded (h2c above all) is an ordinary request: a proxy must not tunnel it.
  shouldUpgradeCallback: (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket',
})

function secureServer(listeners: readonly ListenerConfig[], state: State): Http2SecureServer {
  const [first] = listeners
  const settings = { maxConcurrentStreams: 128, maxHeaderListSize: headerBytes, enableConnectProtocol: false }
  return createSecureServer({
    ...(first ? httpOptions(first) : {}),
    allowHTTP1: true,
    settings,
    maxSessionMemory: 10,
    maxHeaderListPairs: 200,
    minVersion: 'TLSv1.2',
    requestCert: listeners.some(({ clientCertificate }) => clientCertificate !== 'none'),
    rejectUnauthorized: false,
    SNICallback: (name, done) => done(null, state.contexts(name.toLowerCase()) ?? undefined),
    ...(first?.certificates[0]
      ? { cert: first.certificates[0].certificate, key: first.certificates[0].privateKey }
      : {}),
  })
}

function enter(server: AnyServer, state: State, site: Site, listeners: readonly ListenerConfig[]): void {
  const [first] = listeners
  if (!first) return
  state.site = site
  const { limits } = first
  Object.assign(server, {
    maxHeadersCount: limits.maxHeaders + 1, // Node drops what is beyond silently, so one more shows that there was more
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
  })
  state.maxConnections = limits.maxConnections
  state.proxied = first.acceptProxyProtocol
  if (first.protocol !== 'https') return
  state.contexts = serverNames(listeners)
  const [certificate] = first.certificates
  if ('setSecureContext' in server && certificate) {
    const needed = listeners.some(({ clientCertificate }) => clientCertificate !== 'none')
    Object.assign(server, { requestCert: needed })
    server.setSecureContext(unnamedOptions(first))
  }
}

function serve(
  { site }: State,
  shared: Shared,
  peers: ReadonlyMap<string, string>,
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  upgrade: { readonly socket: Duplex; readonly head: Buffer } | null,
): void {
  const { remoteAddress = '', remotePort } = request.socket
  if (site === null) {
    response.statusCode = 503
    return void response.end()
  }
  const peer = peers.size === 0 ? remoteAddress : (peers.get(`${remoteAddress}:${remotePort}`) ?? remoteAddress)
  new Exchange(request, response, site, shared, peer, upgrade).begin()
}

/** Goes on when the sender has said whom it speaks for. */
function afterProxyHeader(socket: Socket, peers: Map<string, string>, goOn: () => void): void {
  const key = `${socket.remoteAddress}:${socket.remotePort}`
  takeProxyHeader(socket, (address) => {
    if (address !== null) {
      peers.set(key, address)
      socket.on('close', () => peers.delete(key))
    }
    goOn()
  })
}
