import type { CallerSession } from '#main/kernel/access/caller.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { ClientFrame, ServerWire } from '#preload/contract/wire.ts'
import type { Router } from './router.ts'

const signedOut = new AppError('unauthenticated', 'You are not signed in any more.', { hint: 'Sign in again.' })

/** Calls and streams one session may have under way; past it the session is broken or hostile. */
const mostUnderWay = 2_000

type UnderWay = {
  readonly abort: AbortController
  /** Set on a stream; a call that runs is let finish, whoever signs out meanwhile. */
  readonly stream: string | null
  credit: number
  wake: () => void
}

/**
 * Serves one wire: runs its calls and streams through the router, sends no more items than the other side gave
 * credit for, and aborts everything that is under way when the wire closes. Streams end when their caller may not act any
 * more: a session that was locked or ended must not go on being told things.
 */
export function serveSession(wire: ServerWire, session: CallerSession, router: Router): void {
  const underWay = new Map<number, UnderWay>()

  const begin = (id: number, stream: string | null, credit: number): UnderWay | null => {
    if (underWay.has(id) || underWay.size >= mostUnderWay) {
      wire.close()
      return null
    }
    const entry: UnderWay = { abort: new AbortController(), stream, credit, wake: () => {} }
    underWay.set(id, entry)
    return entry
  }

  const runCall = async (frame: Extract<ClientFrame, { t: 'call' }>): Promise<void> => {
    const entry = begin(frame.id, null, 0)
    if (!entry) return
    if (router.operations.get(frame.op)?.operation.kind === 'command') session.touch?.()
    const answer = await router.call(session.caller(), frame.op, frame.input, entry.abort.signal)
    underWay.delete(frame.id)
    if (entry.abort.signal.aborted) return
    if (answer.ok) wire.send({ t: 'value', id: frame.id, value: answer.value })
    else wire.send({ t: 'error', id: frame.id, error: answer.error })
  }

  const runStream = async (frame: Extract<ClientFrame, { t: 'open' }>): Promise<void> => {
    const entry = begin(frame.id, frame.op, frame.credit)
    if (!entry) return
    const { signal } = entry.abort
    try {
      for await (const value of router.open(session.caller(), frame.op, frame.input, signal)) {
        while (entry.credit <= 0 && !signal.aborted) await new Promise<void>((resolve) => (entry.wake = resolve))
        if (signal.aborted) return
        entry.credit--
        wire.send({ t: 'item', id: frame.id, value })
      }
      if (!signal.aborted) wire.send({ t: 'end', id: frame.id })
    } catch (thrown) {
      if (!signal.aborted) wire.send({ t: 'error', id: frame.id, error: asAppError(thrown).toShape() })
    } finally {
      underWay.delete(frame.id)
    }
  }

  const stop = (entry: UnderWay | undefined): void => {
    entry?.abort.abort()
    entry?.wake()
  }

  const stopListening = session.onChange(() => {
    if (session.caller().state === 'signed-in') return
    for (const [id, entry] of underWay) {
      if (entry.stream === null || router.operations.get(entry.stream)?.operation.access.includes('open')) continue
      stop(entry)
      wire.send({ t: 'error', id, error: signedOut.toShape() })
    }
  })

  wire.listen({
    frame: (frame) => {
      if (frame.t === 'call') void runCall(frame)
      else if (frame.t === 'open') void runStream(frame)
      else if (frame.t === 'cancel') stop(underWay.get(frame.id))
      else {
        const entry = underWay.get(frame.id)
        if (!entry) return
        entry.credit += frame.n
        entry.wake()
      }
    },
    close: () => {
      stopListening()
      for (const entry of underWay.values()) stop(entry)
    },
  })
}
