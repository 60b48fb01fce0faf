import type { CallerSession } from '#main/kernel/access/caller.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { ClientFrame, ServerWire } from '#preload/contract/wire.ts'
import type { Router } from './router.ts'

/** Calls and streams one session may have under way; past it the session is broken or hostile. */
const mostUnderWay = 2_000

type UnderWay = {
  readonly abort: AbortController
  /** Set on a stream; a call that runs is let finish, whoever signs out meanwhile. */
  readonly stream: { readonly op: string; readonly input: unknown } | null
  credit: number
  wake: () => void
}

/**
 * Serves one wire: runs its calls and streams through the router, sends no more items than the other side gave
 * credit for, and aborts everything that is under way when the wire closes. Streams are judged again when their caller
 * or the policies change: a session that was locked, ended or restricted must not go on being told things.
 */
export function serveSession(wire: ServerWire, session: CallerSession, router: Router): void {
  const underWay = new Map<number, UnderWay>()

  const begin = (id: number, stream: UnderWay['stream'], credit: number): UnderWay | null => {
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
    const entry = begin(frame.id, { op: frame.op, input: frame.input }, frame.credit)
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

  /** A stream that could not be opened now must not go on. That its proof is not fresh any more does not end it. */
  const judgeAgain = async (id: number, entry: UnderWay): Promise<void> => {
    const obstacle = await obstacleTo(entry.stream).catch(asAppError)
    if (!obstacle || underWay.get(id) !== entry) return
    stop(entry)
    wire.send({ t: 'error', id, error: obstacle.toShape() })
  }

  const obstacleTo = async (stream: UnderWay['stream']): Promise<AppError | null> => {
    const verdict = stream && (await router.verdict(session.caller(), stream.op, stream.input))
    if (!verdict || verdict.allowed || verdict.code === 'step_up') return null
    return new AppError(verdict.code, verdict.reason, { hint: verdict.hint })
  }

  const stopListening = session.onChange(() => {
    for (const [id, entry] of underWay) void judgeAgain(id, entry)
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
