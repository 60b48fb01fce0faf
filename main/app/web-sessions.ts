import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const tokenBytes = 32
const tokenLifeMs = 10 * 60_000
const wellFormed = /^[\w-]{43}$/

const digest = (text: string): string => createHash('sha256').update(text).digest('base64')

type Place = { readonly port: () => number; readonly secure: boolean }

/**
 * Which session a browser is: a cookie that no script and no other site can use. In a personal workspace one gets it by
 * opening a link with a one-time token, which works for ten minutes; where people sign in, everybody gets one that is
 * nobody's yet. Who is behind a key is not known here.
 */
export function createWebSessions(now: () => number, { port, secure }: Place) {
  const tokens = new Map<string, number>()
  /** Digests of the keys that came by a link: those of this machine's own user. */
  const invited = new Set<string>()
  // A cookie is shared by all ports of a host, so its name tells instances apart.
  const cookieName = (): string => `${secure ? '__Host-' : ''}framework0-${port()}`

  return {
    /** A new one-time token for a link. */
    mint(): string {
      const token = randomBytes(tokenBytes).toString('base64url')
      for (const [old, until] of tokens) if (until < now()) tokens.delete(old)
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
      const key = randomBytes(tokenBytes).toString('base64url')
      invited.add(digest(key))
      return this.cookie(key)
    },

    /** The cookie of a session that is nobody's. */
    anonymous: function (): string {
      return this.cookie(randomBytes(tokenBytes).toString('base64url'))
    },

    cookie: (key: string): string =>
      `${cookieName()}=${key}; HttpOnly; ${secure ? 'Secure; ' : ''}SameSite=Strict; Path=/`,

    /** The key that a request carries, whoever made it up; null for none. */
    keyOf(request: IncomingMessage): string | null {
      const prefix = `${cookieName()}=`
      const found = (request.headers.cookie ?? '').split(';').find((part) => part.trim().startsWith(prefix))
      const key = found?.trim().slice(prefix.length) ?? ''
      return wellFormed.test(key) ? key : null
    },

    isInvited: (key: string): boolean => invited.has(digest(key)),
  }
}

export type WebSessions = ReturnType<typeof createWebSessions>

function equal(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return x.length === y.length && timingSafeEqual(x, y)
}
