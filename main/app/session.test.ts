import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Caller, personalCaller } from '#main/kernel/access/caller.ts'
import type { ClientFrame, ServerFrame } from '#preload/contract/wire.ts'
import type { Router } from './router.ts'
import { serveSession } from './session.ts'

const ana = personalCaller('ana', 'browser', 's')

/** A router of streams that go on until they are stopped, and a call that takes its time. */
const router = {
  operations: new Map(),
  verdict: async ({ state }: Caller, op: string) =>
    state === 'signed-in' || op === 'access.watch'
      ? { allowed: true, policies: [] }
      : { allowed: false, code: 'unauthenticated', reason: 'Locked.', hint: '', policies: [] },
  async call() {
    await sleep(20)
    return { ok: true, value: 'done' }
  },
  async *open(_caller: Caller, op: string, _input: unknown, signal: AbortSignal) {
    yield `${op} began`
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  },
} as unknown as Router

describe('a session whose caller is not signed in any more', () => {
  it('ends its streams with a reason, keeps those that are open to anybody, and lets a running call finish', async () => {
    let caller: Caller = ana
    let changed = (): void => {}
    const sent: ServerFrame[] = []
    let receive = (_frame: ClientFrame): void => {}
    serveSession(
      {
        send: (frame) => void sent.push(frame),
        listen: ({ frame }) => {
          receive = frame
        },
        close: () => {},
      },
      {
        caller: () => caller,
        onChange: (listener) => {
          changed = listener
          return () => {}
        },
      },
      router,
    )
    receive({ t: 'open', id: 1, op: 'alerts.watch', input: {}, credit: 10 })
    receive({ t: 'open', id: 2, op: 'access.watch', input: {}, credit: 10 })
    receive({ t: 'call', id: 3, op: 'alerts.note', input: {} })
    await sleep(5)
    caller = { ...ana, state: 'locked' }
    changed()
    await sleep(40)
    expect(sent.filter(({ t }) => t !== 'item')).toEqual([
      { t: 'error', id: 1, error: expect.objectContaining({ code: 'unauthenticated' }) },
      { t: 'value', id: 3, value: 'done' },
    ])
  })
})
