import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const tokenBytes = 32
const tokenLifeMs = 10 * 60_000

/**
 * Who may use the server host: whoever opens a link with a one-time token gets a session cookie. A token works once
 * and for ten minutes; sessions last as long as the application runs.
 */
export function createWebSessions(now: () => number, port: () => number) {
  const tokens = new Map<string, number>()
  const sessions = new Set<string>()
  // A cookie is shared by all ports of a host, so its name tells instances apart.
  const cookieName = (): string => `framework0-${port()}`

  const cookieOf = (request: IncomingMessage): string | null => {
    const prefix = `${cookieName()}=`
    const found = (request.headers.cookie ?? '').split(';').find((part) => part.trim().startsWith(prefix))
    return found ? found.trim().slice(prefix.length) : null
  }

  return {
    /** A new one-time token for a link. */
    mint(): string {
      const token = randomBytes(tokenBytes).toString('base64url')
      tokens.set(token, now() + tokenLifeMs)
      return token
    },

    /** Whether a token could be traded now. Asking uses nothing up. */
    knows: (token: string): boolean =>
      [...tokens].some(([candidate, until]) => equal(candidate, token) && until >= now()),

    /** Trades a token for a session. @returns the cookie to set, or null for a token that is not (or no longer) valid. */
    redeem(token: string): string | null {
      const known = [...tokens].find(([candidate]) => equal(candidate, token))
      if (!known) return null
      tokens.delete(known[0])
      if (known[1] < now()) return null
      const session = randomBytes(tokenBytes).toString('base64url')
      sessions.add(session)
      return `${cookieName()}=${session}; HttpOnly; SameSite=Strict; Path=/`
    },

    /** The session of a request, or null. */
    of(request: IncomingMessage): string | null {
      const cookie = cookieOf(request)
      return cookie !== null && [...sessions].some((session) => equal(session, cookie)) ? cookie : null
    },
  }
}

function equal(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return x.length === y.length && timingSafeEqual(x, y)
}

/** Whether a request was addressed to this loopback server by a name that no foreign page can have (DNS rebinding). */
export function isOwnHost(request: IncomingMessage, port: number): boolean {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`].includes(request.headers.host ?? '')
}

/** Whether a WebSocket was opened by our own page. */
export function isOwnOrigin(request: IncomingMessage): boolean {
  return request.headers.origin === `http://${request.headers.host}`
}
