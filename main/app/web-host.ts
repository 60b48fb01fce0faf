import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { CallerSession, OpenSession } from '#main/kernel/access/caller.ts'
import { closing } from './closing.ts'
import type { Router } from './router.ts'
import { serveSession } from './session.ts'
import { securityHeaders, sendFile } from './static-files.ts'
import { createWebSessions, isOwnHost, isOwnOrigin } from './web-sessions.ts'
import { serverWire } from './wires.ts'

const largestFrame = 8 * 1024 * 1024

/** Answers WebSocket upgrades on `/bridge` of a server with sessions of the router. */
export function serveBridge(
  server: Server,
  router: Router,
  admit: (request: IncomingMessage) => CallerSession | null,
): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestFrame, perMessageDeflate: false })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const session = request.url === '/bridge' ? admit(request) : null
    if (!session) return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, (opened) => serveSession(serverWire(opened), session, router))
  })
}

/** A caller of the private socket may give up its right to change things; it can gain none. */
export const readOnlyHeader = 'x-framework0-read-only'

/** The private socket, for the command line of the same user: the file's permissions are the proof of who calls. */
export function serveSocket(server: Server, router: Router, open: OpenSession, readOnly: boolean): void {
  serveBridge(server, router, ({ headers }) =>
    open({
      via: 'command line',
      key: 'socket',
      source: null,
      readOnly: readOnly || headers[readOnlyHeader] !== undefined,
    }),
  )
}

type Options = {
  readonly port: number
  /** Where the built renderer is. */
  readonly renderer: string
  readonly open: OpenSession
  readonly readOnly: boolean
  readonly router: Router
}

export type WebHost = {
  /** A link that opens the application once. */
  readonly link: () => string
  readonly close: () => Promise<void>
}

/** The application on loopback HTTP and WebSocket, for any browser of this machine. */
export async function startWebHost({ port, renderer, open, readOnly, router }: Options): Promise<WebHost> {
  const server = createServer((request, response) => answer(request, response))
  const close = closing(server)
  const boundPort = (): number => (server.address() as AddressInfo).port
  const sessions = createWebSessions(Date.now, boundPort)

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = URL.parse(request.url ?? '/', 'http://localhost')
    if (!url) return refuse(response, 400, 'This is not an address.')
    if (!isOwnHost(request, boundPort())) return refuse(response, 421, 'This address is not served here.')
    const token = url.searchParams.get('token')
    // A link that is only looked at (previews ask with HEAD) stays good for whoever opens it.
    if (token !== null && request.method === 'HEAD')
      return response.writeHead(sessions.knows(token) ? 200 : 401, securityHeaders).end()
    if (token !== null) return admit(response, token)
    if (url.pathname.startsWith('/assets/') || sessions.of(request) !== null)
      return sendFile(request, response, renderer, url.pathname)
    refuse(
      response,
      401,
      'Open the link that the application printed when it started. It works once; start again for another.',
    )
  }

  const admit = (response: ServerResponse, token: string) => {
    const cookie = sessions.redeem(token)
    if (!cookie)
      return refuse(response, 401, 'This link was used already or has expired. Run “framework0 open” for another.')
    // Not a redirect: the strict cookie is only sent when our own page asks, and a refresh is our own page asking.
    response
      .writeHead(200, {
        ...securityHeaders,
        'content-type': 'text/html; charset=utf-8',
        'set-cookie': cookie,
        refresh: '0; url=/',
      })
      .end('<!doctype html><title>Framework0</title><link rel="icon" href="data:,"><p>Opening …</p>')
  }

  serveBridge(server, router, (request) => {
    const session = isOwnHost(request, boundPort()) && isOwnOrigin(request) ? sessions.of(request) : null
    if (session === null) return null
    return open({ via: 'browser', key: session, source: request.socket.remoteAddress ?? null, readOnly })
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    link: () => `http://127.0.0.1:${boundPort()}/?token=${sessions.mint()}`,
    close,
  }
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response
    .writeHead(status, { ...securityHeaders, 'content-type': 'text/html; charset=utf-8' })
    .end(`<!doctype html><title>Framework0</title><link rel="icon" href="data:,"><p>${sentence}</p>`)
}
