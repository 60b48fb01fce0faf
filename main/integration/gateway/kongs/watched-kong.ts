import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, iso } from '#main/kernel/clock.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { GatewayKongs } from '#preload/integration/other-gateways.ts'
import { emptyHash, type KongAdmin } from './admin-api.ts'

type Shown = GatewayKongs['kongs'][number]
type Seen = Pick<Shown, 'state' | 'reason' | 'version' | 'askedAt' | 'again'>
type Why = NonNullable<Shown['again']>['why']

/** A whole configuration, as Kong takes it. */
export type Offer = {
  readonly text: string
  /** What Kong reports once it has it: MD5 of the text (kong/db/declarative, `unserialize`), `emptyHash` for nothing. */
  readonly hash: string
  readonly services: number
  readonly routes: number
}

type Ports = {
  readonly clock: Clock
  /** Milliseconds between two looks. */
  readonly everyMs: number
  /** Its Admin API, with its token opened. @throws AppError, such as `locked`. */
  readonly open: () => Promise<KongAdmin>
  /** What it is to have; null while that is not known yet. */
  readonly offered: () => Offer | null
  /** The hash of the configuration that it may have: what was given to it last, or was agreed to be replaced. */
  readonly given: string
  readonly remember: (given: string) => Promise<void>
  readonly onChange: () => void
  readonly onAgain: (why: Why) => void
  /** A defect of ours, not of the Kong. */
  readonly onFault: (thrown: unknown) => void
}

export type WatchedKong = ReturnType<typeof watchKong>

/**
 * Looks at a Kong again and again, and gives it the whole configuration whenever it is not known to have it: after a change
 * here, when it has become empty, or has another that somebody else gave it. One it refused is not sent again until
 * something changed here or there.
 */
export function watchKong({ clock, everyMs, open, offered, remember, onChange, onAgain, onFault, ...start }: Ports) {
  const life = new AbortController()
  const { signal } = life
  let seen: Seen = { state: 'sending', reason: null, version: null, askedAt: null, again: null }
  let since = clock.now()
  let { given } = start
  let confirmed: string | null = null
  let refused: { readonly text: string; readonly hash: string; readonly reason: string } | null = null

  const tell = (change: Partial<Seen>): void => {
    if (signal.aborted) return
    const next = { ...seen, ...change }
    const other = next.state !== seen.state
    const changed = other || next.reason !== seen.reason || next.version !== seen.version || next.again !== seen.again
    if (other) since = clock.now()
    seen = next
    if (changed) onChange()
  }

  const send = async (api: KongAdmin, offer: Offer, had: string): Promise<void> => {
    const ours = had === given || had === offer.hash
    const why: Why | null = ours ? null : had === emptyHash ? 'it was empty' : 'changed by somebody else'
    tell({ state: why === 'changed by somebody else' ? why : 'sending', reason: null })
    tell({ version: await api.version(signal) })
    const loaded = await api.load(offer.text, signal)
    if (loaded.kind === 'busy') return
    if (loaded.kind === 'refused') {
      refused = { text: offer.text, hash: had, reason: loaded.reason }
      tell({ state: 'refused', reason: loaded.reason })
      return
    }
    refused = null
    // It has this from now on, even if it should go away before it is asked.
    given = offer.hash
    given = await api.hash(signal)
    if (why !== null) {
      onAgain(why)
      tell({ again: { why, at: iso(clock.now()) } })
    }
    // Otherwise it was changed or started anew in between, or counts otherwise: the next look asks it whether it has this.
    if (given === offer.hash || loaded.kind === 'same') {
      confirmed = offer.text
      tell({ state: 'in force', reason: null })
    }
    if (!signal.aborted) await remember(given)
  }

  const lookOnce = async (): Promise<void> => {
    const offer = offered()
    if (offer === null) return
    const api = await open()
    try {
      const hash = await api.hash(signal)
      tell({ askedAt: iso(clock.now()) })
      if (hash === given && confirmed === offer.text) tell({ state: 'in force', reason: null })
      else if (refused?.text === offer.text && refused.hash === hash) tell({ state: 'refused', reason: refused.reason })
      else await send(api, offer, hash)
    } finally {
      await api.close()
    }
  }
  const lookSafely = (): Promise<void> =>
    lookOnce().catch((thrown: unknown) => {
      const { code, message, hint } = asAppError(thrown)
      if (code === 'internal') onFault(thrown)
      const state = code === 'unreachable' || code === 'timeout' ? 'away' : 'cannot be driven'
      tell({ state, reason: `${message} ${hint ?? ''}`.trim() })
    })

  let looking: Promise<void> | null = null
  let again = false
  const lookWhileAsked = async (): Promise<void> => {
    do {
      again = false
      await lookSafely()
    } while (again && !signal.aborted)
  }
  /** Looks now, once more where a look is under way. */
  const look = (): void => {
    again = true
    looking ??= lookWhileAsked().finally(() => {
      looking = null
    })
  }
  const keepLooking = async (): Promise<void> => {
    while (!signal.aborted) {
      look()
      await looking
      await sleep(everyMs, undefined, { signal, ref: false })
    }
  }
  keepLooking().catch(() => {})

  return {
    look,
    seen: (): Seen & { readonly since: string } => ({ ...seen, since: iso(since) }),
    stop: (): void => life.abort(),
  }
}
