import { AppError, type ErrorShape } from '#preload/contract/error.ts'
import type { Gate } from './wires.ts'

/**
 * What one session, and one address, may take of a host that serves many people. `strange` is what may be asked by who is
 * not signed in: there is little to ask, and much of it is written to the audit log.
 */
const limits = {
  session: {
    connections: 32,
    calls: { each: 200, burst: 1_000 },
    strange: { each: 5, burst: 100 },
    bytes: { each: 4 << 20, burst: 32 << 20 },
  },
  // A whole office may come from one address.
  source: {
    connections: 4_000,
    calls: { each: 8_000, burst: 40_000 },
    strange: { each: 50, burst: 2_000 },
    bytes: { each: 64 << 20, burst: 512 << 20 },
  },
} as const

type Limit = (typeof limits)['session'] | (typeof limits)['source']

const throttled: ErrorShape = new AppError('throttled', 'Too much was asked at once.', {
  hint: 'Wait a few seconds, then try again.',
  retryable: true,
}).toShape()

/** Lets `burst` through at once and `each` per second after that. Full again when nothing was taken for a while. */
function bucket({ each, burst }: Limit['calls' | 'strange' | 'bytes'], now: () => number) {
  let left: number = burst
  let at = now()
  return (cost: number): boolean => {
    const seconds = (now() - at) / 1_000
    left = Math.min(burst, left + seconds * each)
    at = now()
    if (left < cost) return false
    left -= cost
    return true
  }
}

type Account = { connections: number; idleSince: number; readonly take: (bytes: number, strange: boolean) => boolean }

const forgottenAfterMs = 5 * 60_000

function createAccounts(limit: Limit, now: () => number) {
  const accounts = new Map<string, Account>()
  const open = (name: string): Account => {
    const calls = bucket(limit.calls, now)
    const strangers = bucket(limit.strange, now)
    const bytes = bucket(limit.bytes, now)
    const take: Account['take'] = (count, strange) => calls(1) && (!strange || strangers(1)) && bytes(count)
    const account: Account = { connections: 0, idleSince: now(), take }
    accounts.set(name, account)
    return account
  }
  return {
    enter(name: string): Account | null {
      // Kept for a while after the last connection: else whoever reconnects has a full allowance each time.
      for (const [other, { connections, idleSince }] of accounts)
        if (connections === 0 && now() - idleSince > forgottenAfterMs) accounts.delete(other)
        else break
      const account = accounts.get(name) ?? open(name)
      if (account.connections >= limit.connections) return null
      account.connections++
      return account
    },
    leave(account: Account): void {
      account.connections--
      account.idleSince = now()
    },
  }
}

/** Keeps one session, or one address, from taking the host from everybody else. */
export function createWebLimits(now: () => number) {
  const sessions = createAccounts(limits.session, now)
  const sources = createAccounts(limits.source, now)
  return {
    /** @param isStrange whether nobody is signed in now. @returns null when there are too many connections already. */
    enter(
      session: string,
      source: string,
      isStrange: () => boolean,
    ): { readonly gate: Gate; readonly leave: () => void } | null {
      const own = sessions.enter(session)
      if (!own) return null
      const shared = sources.enter(source)
      if (!shared) {
        sessions.leave(own)
        return null
      }
      return {
        gate: (bytes) => {
          const strange = isStrange()
          return own.take(bytes, strange) && shared.take(bytes, strange) ? null : throttled
        },
        leave: () => {
          sessions.leave(own)
          sources.leave(shared)
        },
      }
    },
  }
}
