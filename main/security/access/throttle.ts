import { createHash } from 'node:crypto'
import { type Clock, iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AttemptStore, Attempts } from './store/attempts.ts'

const minute = 60_000
const free = 5
const longestMinutes = 15
const forgottenAfter = 24 * 60 * minute
/** A source may be a whole office: what failed there is forgotten when nothing failed for as long as the longest lock. */
const sourceForgets = longestMinutes * minute

/** When the lock after that many failures ends, milliseconds; null for none. 1, 2, 4, 8 and then 15 minutes. */
export function lockedUntil({ failures, lastAt }: Attempts): number | null {
  if (failures < free) return null
  return lastAt + Math.min(2 ** (failures - free), longestMinutes) * minute
}

/** Whom or where an attempt is about, without keeping the name that was typed. */
export const subjectOf = (kind: 'identity' | 'login' | 'source', ...parts: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([kind, ...parts]))
    .digest('hex')

/** One person under all spellings of their login that a directory takes for the same. */
export const loginSubject = (provider: string, login: string): string =>
  subjectOf('login', provider, login.normalize('NFKC').trim().toLowerCase())

type About = { readonly who: string; readonly source: string | null }

/**
 * Lets five attempts fail, then locks: per person, whether or not there is such a person, and per address. Every attempt
 * is counted before it is made and taken back when it succeeds, so that many at once gain nothing.
 */
export function createThrottle(store: AttemptStore, clock: Clock) {
  const throttled = (until: number): AppError => {
    const minutes = Math.max(1, Math.ceil((until - clock.now()) / minute))
    return new AppError('throttled', 'There were too many failed attempts.', {
      hint: `Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}, or ask an administrator to unlock you.`,
    })
  }

  const count = async (subject: string, forgets: number): Promise<void> => {
    const now = clock.now()
    const before = await store.of(subject)
    const until = lockedUntil(before)
    if (until !== null && until > now) throw throttled(until)
    if (before.failures > 0 && now - (until ?? before.lastAt) > forgets) await store.clear([subject])
    const failures = await store.add(subject, iso(now))
    // More than one beyond what was just read: others are trying at this very moment.
    if (failures > Math.max(free, before.failures + 1)) throw throttled(lockedUntil({ failures, lastAt: now }) ?? now)
  }

  return {
    /**
     * Makes an attempt. Any failure of it counts, except that the other side cannot be reached.
     *
     * @throws AppError `throttled` with how long, and whatever the attempt throws.
     */
    async attempt<T>({ who, source }: About, attempt: () => Promise<T>): Promise<T> {
      const place = source === null ? null : subjectOf('source', source)
      if (place !== null) await count(place, sourceForgets)
      await count(who, forgottenAfter)
      try {
        const value = await attempt()
        await store.clear([who])
        if (place !== null) await store.take(place)
        return value
      } catch (thrown) {
        if (!(thrown instanceof AppError) || !guesses.has(thrown.code)) {
          await store.take(who)
          if (place !== null) await store.take(place)
        }
        throw thrown
      }
    },

    async lockedUntil(subjects: readonly string[]): Promise<number | null> {
      const all = await Promise.all(subjects.map(async (subject) => lockedUntil(await store.of(subject))))
      const ahead = all.filter((until): until is number => until !== null && until > clock.now())
      return ahead.length === 0 ? null : Math.max(...ahead)
    },

    unlock: (subjects: readonly string[]): Promise<void> => store.clear(subjects),
    forget: (): Promise<void> => store.forget(iso(clock.now() - forgottenAfter)),
  }
}

/** What a wrong password, code or answer is refused with. */
const guesses: ReadonlySet<string> = new Set(['unauthenticated', 'forbidden', 'invalid', 'refused'])

export type Throttle = ReturnType<typeof createThrottle>
