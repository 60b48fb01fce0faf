import { randomBytes } from 'node:crypto'
import { type AppError, asAppError } from '#preload/contract/error.ts'

/** What an identity provider sent a browser back with. */
export type Callback = {
  readonly url: string
  /** The fields of a form that was posted; null where everything is in the address. */
  readonly form: Readonly<Record<string, string>> | null
}

/** What the person reads in the browser that came back. */
export type CallbackPage = { readonly status: number; readonly sentence: string }

type Expected = {
  /** SHA-256 of the key of the way in that began it; null where only that one can be reached at the address. */
  readonly keyHash: string | null
  readonly arrived: (callback: Callback) => void
  readonly answered: Promise<CallbackPage>
}

const done: CallbackPage = { status: 200, sentence: 'You are signed in. Go back to the application.' }
const notBegun: CallbackPage = {
  status: 400,
  sentence: 'This sign-in was not begun in this browser, or is over. Go back to the application and begin again.',
}
const parkedMs = 60_000
const mostParked = 1_000

/**
 * Browsers that come back from an identity provider, matched with who waits for them. Only the session that began a
 * sign-in can finish it: else somebody could be made to sign in as another (login CSRF), or another as them.
 */
export function createCallbacks() {
  const expected = new Map<string, Expected>()
  const parked = new Map<string, { readonly state: string; readonly callback: Callback }>()

  return {
    /** Waits for the browser with that state. The caller answers what the person reads, whatever comes of it. */
    async expect<T>(
      state: string,
      keyHash: string | null,
      signal: AbortSignal,
      finish: (callback: Callback) => Promise<T>,
    ): Promise<T> {
      let arrived: (callback: Callback) => void = () => {}
      let answer: (page: CallbackPage) => void = () => {}
      const callback = new Promise<Callback>((resolve, reject) => {
        arrived = resolve
        signal.addEventListener('abort', () => reject(asAppError(signal.reason)), { once: true })
      })
      const answered = new Promise<CallbackPage>((resolve) => {
        answer = resolve
      })
      expected.set(state, { keyHash, arrived, answered })
      try {
        const value = await finish(await callback)
        answer(done)
        return value
      } catch (thrown) {
        answer(failed(asAppError(thrown)))
        throw thrown
      } finally {
        expected.delete(state)
      }
    },

    /** Hands a callback to who waits for it. @param keyHash of the session of the browser that brings it. */
    async deliver(state: string, keyHash: string | null, callback: Callback): Promise<CallbackPage> {
      const waiting = expected.get(state)
      if (!waiting || waiting.keyHash !== keyHash) return notBegun
      expected.delete(state) // once
      waiting.arrived(callback)
      return waiting.answered
    },

    /**
     * Keeps a form that an identity provider had a browser post: coming from another site it carries no strict cookie, so
     * our own page brings it again, by the ticket.
     *
     * @returns null when nobody waits for it.
     */
    park(state: string, callback: Callback): string | null {
      if (!expected.has(state) || parked.size >= mostParked) return null
      const ticket = randomBytes(32).toString('base64url')
      parked.set(ticket, { state, callback })
      setTimeout(() => parked.delete(ticket), parkedMs).unref()
      return ticket
    },

    async deliverParked(ticket: string, keyHash: string | null): Promise<CallbackPage> {
      const kept = parked.get(ticket)
      parked.delete(ticket)
      return kept ? this.deliver(kept.state, keyHash, kept.callback) : notBegun
    },
  }
}

export type Callbacks = ReturnType<typeof createCallbacks>

const failed = ({ message, hint }: AppError): CallbackPage => ({
  status: 403,
  sentence: `You are not signed in. ${message}${hint ? ` ${hint}` : ''}`,
})
