import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { CallerSession, OpenSession } from '#main/kernel/access/caller.ts'
import { type Log, silentLog } from '#main/kernel/log/log.ts'
import { closing } from './closing.ts'
import type { Listen } from './command-line.ts'
import { answerPage } from './page.ts'
import type { Router } from './router.ts'
import { serveSession } from './session.ts'
import { securityHeaders, sendFile } from './static-files.ts'
import { noSignIn, type WebAccess } from './web-access.ts'
import { createWebLimits } from './web-limits.ts'
import { createWebServer } from './web-listen.ts'
import { createWebSessions } from './web-sessions.ts'
import { createSignInPages } from './web-sign-in.ts'
import { type Gate, serverWire } from './wires.ts'

const largestFrame = 8 * 1024 * 1024
const pingEveryMs = 30_000

type Admitted = { readonly session: CallerSession; readonly gate?: Gate; readonly left?: () => void }

/** Answers WebSocket upgrades on `/bridge` of a server with sessions of the router. */
export function serveBridge(
  server: Server,
  router: Router,
  admit: (request: IncomingMessage) => Admitted | null,
): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestFrame, perMessageDeflate: false })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const admitted = request.url === '/bridge' ? admit(request) : null
    if (!admitted) return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    const { session, gate, left } = admitted
    if (left) socket.once('close', left)
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('pong', () => silent.delete(opened))
      serveSession(serverWire(opened, gate), session, router)
    })
  })
  // Who is gone without a word, as behind a router that forgot them, is noticed.
  const silent = new WeakSet<WebSocket>()
  const timer = setInterval(() => {
    for (const socket of sockets.clients) {
      if (silent.has(socket)) socket.terminate()
      silent.add(socket)
      socket.ping()
    }
  }, pingEveryMs)
  timer.unref()
  server.once('close', () => clearInterval(timer))
}

/** A caller of the private socket may give up its right to change things; it can gain none. */
export const readOnlyHeader = 'x-framework0-read-only'
/** The key of the session that somebody signed in to from the command line. */
export const sessionHeader = 'x-framework0-session'
export const commandLineKey = (key: string): string => `command line ${key}`

/** The private socket, for the command line of the same user: the file's permissions are the proof of who calls. */
export function serveSocket(server: Server, router: Router, open: OpenSession, readOnly: boolean): void {
  let connections = 0
  serveBridge(server, router, ({ headers }) => {
    const given = headers[sessionHeader]
    connections++
    return {
      session: open({
        via: 'command line',
        // Without a key every connection is its own: nobody is signed in by another's signing in.
        key: typeof given === 'string' ? commandLineKey(given) : `socket ${process.pid} ${connections}`,
        source: null,
        readOnly: readOnly || headers[readOnlyHeader] !== undefined,
      }),
    }
  })
}

type Options = {
  readonly listen: Listen
  /** Where the built renderer is. */
  readonly renderer: string
  readonly open: OpenSession
  readonly readOnly: boolean
  readonly router: Router
  readonly access?: WebAccess
  readonly log?: Log
}

export type WebHost = {
  /** A link that opens the application once, as whoever runs it. */
  readonly link: () => string
  /** What to tell whoever starts it: such a link, or the address where people sign in. */
  readonly address: () => string
  readonly close: () => Promise<void>
}

/** The application on HTTP and WebSocket, for the browsers of this machine or, over TLS, of a team that signs in. */
export async function startWebHost(options: Options): Promise<WebHost> {
  const { listen, renderer, open, readOnly, router, access = noSignIn, log = silentLog } = options
  const web = createWebServer(listen, log, (request, response) => answer(request, response))
  const close = closing(web.server)
  const sessions = createWebSessions(Date.now, web)
  const limits = createWebLimits(() => performance.now())
  const signInPages = createSignInPages({ access, sessions, origin: (request) => originOf(request) })

  const originOf = ({ headers }: IncomingMessage): string => `${web.secure ? 'https' : 'http'}://${headers.host}`

  /** The session of a browser, if it may have one. */
  const admitted = (request: IncomingMessage): string | null => {
    const key = sessions.keyOf(request)
    if (key === null || access.isDismissed(key)) return null
    return access.signInRequired() || (sessions.isInvited(key) && !web.open) ? key : null
  }

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = URL.parse(request.url ?? '/', 'http://localhost')
    if (!url) return answerPage(response, 400, 'This is not an address.')
    if (!web.isOwnHost(request)) return answerPage(response, 421, 'This address is not served here.')
    if (web.secure) response.setHeader('strict-transport-security', 'max-age=31536000')
    const token = url.searchParams.get('token')
    // A link that is only looked at (previews ask with HEAD) stays good for whoever opens it.
    if (token !== null && request.method === 'HEAD')
      return void response.writeHead(sessions.knows(token) ? 200 : 401, securityHeaders).end()
    if (token !== null) return redeem(response, token)
    if (signInPages(request, response, url)) return
    if (url.pathname.startsWith('/assets/') || admitted(request) !== null)
      return sendFile(request, response, renderer, url.pathname)
    if (access.signInRequired()) return begin(request, response, url)
    answerPage(response, 401, web.open ? notShared : needsLink)
  }

  /** A browser that is nobody yet gets a session to sign in with. */
  const begin = (request: IncomingMessage, response: ServerResponse, url: URL) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answerPage(response, 405, 'There is only to read here.')
    const from = request.headers['sec-fetch-site']
    // Led here by another site: the strict cookie was not sent, though there may be one. Our own page asks again.
    if (from === 'cross-site' || from === 'same-site')
      return answerPage(response, 200, 'Opening …', { refresh: `0; url=${url.pathname}${url.search}` })
    response.setHeader('set-cookie', sessions.anonymous())
    sendFile(request, response, renderer, url.pathname)
  }

  const redeem = (response: ServerResponse, token: string) => {
    const cookie = sessions.redeem(token)
    if (!cookie)
      return answerPage(response, 401, 'This link was used already or has expired. Run “framework0 open” for another.')
    // Not a redirect: the strict cookie is only sent when our own page asks, and a refresh is our own page asking.
    answerPage(response, 200, 'Opening …', { 'set-cookie': cookie, refresh: '0; url=/' })
  }

  serveBridge(web.server, router, (request) => {
    const key = web.isOwnHost(request) && web.isOwnOrigin(request) ? admitted(request) : null
    if (key === null) return null
    const source = request.socket.remoteAddress ?? ''
    const session = () =>
      open({
        via: 'browser',
        key,
        source,
        readOnly,
        origin: originOf(request),
        invited: sessions.isInvited(key) && !web.open,
      })
    if (!access.signInRequired()) return { session: session() }
    const own = session()
    const entered = limits.enter(key, source, () => own.caller().state === 'signed-out')
    return entered ? { session: own, gate: entered.gate, left: entered.leave } : null
  })

  await new Promise<void>((resolve, reject) => {
    web.server.once('error', reject)
    web.server.listen(listen.port, listen.address, resolve)
  })
  access.servedAt(web.origin())
  const link = (): string => `${web.origin()}/?token=${sessions.mint()}`
  return {
    link,
    address: () => (access.signInRequired() ? `${web.origin()}/` : link()),
    async close() {
      web.stopWatching()
      await close()
    },
  }
}

const needsLink = 'Open the link that the application printed when it started. It works once; start again for another.'
const notShared = 'This workspace does not ask people to sign in, so it is used only on the machine that it is on.'
