import type { Caller } from '#main/kernel/access/caller.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { ClientFrame, ServerWire } from '#preload/contract/wire.ts'
import type { Router } from './router.ts'

/** Calls and streams one session may have under way; past it the session is broken or hostile. */
const mostUnderWay = 2_000

type UnderWay = { readonly abort: AbortController; credit: number; wake: () => void }

/**
 * Serves one wire: runs its calls and streams through the router, sends no more items than the other side gave
 * credit for, and aborts everything that is under way when the wire closes.
 */
export function serveSession(wire: ServerWire, caller: Caller, router: Router): void {
  const underWay = new Map<number, UnderWay>()

  const begin = (id: number, credit: number): UnderWay | null => {
    if (underWay.has(id) || underWay.size >= mostUnderWay) {
      wire.close()
      return null
    }
    const entry: UnderWay = { abort: new AbortController(), credit, wake: () => {} }
    underWay.set(id, entry)
    return entry
  }

  const runCall = async (frame: Extract<ClientFrame, { t: 'call' }>): Promise<void> => {
    const entry = begin(frame.id, 0)
    if (!entry) return
    const answer = await router.call(caller, frame.op, frame.input, entry.abort.signal)
    underWay.delete(frame.id)
    if (entry.abort.signal.aborted) return
    if (answer.ok) wire.send({ t: 'value', id: frame.id, value: answer.value })
    else wire.send({ t: 'error', id: frame.id, error: answer.error })
  }

  const runStream = async (frame: Extract<ClientFrame, { t: 'open' }>): Promise<void> => {
    const entry = begin(frame.id, frame.credit)
    if (!entry) return
    const { signal } = entry.abort
    try {
      for await (const value of router.open(caller, frame.op, frame.input, signal)) {
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
      for (const entry of underWay.values()) stop(entry)
    },
  })
}
