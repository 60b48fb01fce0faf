import { create } from 'zustand'
import { type Caller, createCaller } from '#preload/contract/caller.ts'
import { AppError } from '#preload/contract/error.ts'
import { openWire } from './wire.ts'

export type BridgeState = { readonly status: 'connecting' | 'connected' | 'lost'; readonly since: number }

/** Whether the page reaches the application. */
export const useBridge = create<BridgeState>(() => ({ status: 'connecting', since: Date.now() }))

const setStatus = (status: BridgeState['status']): void => {
  if (useBridge.getState().status !== status) useBridge.setState({ status, since: Date.now() })
}

const longestPauseMs = 5_000

let failures = 0
let caller: Caller = connect()

/** Opens a wire, and another whenever it is lost; calls made meanwhile fail and say so. */
function connect(): Caller {
  const fresh = createCaller(
    openWire(() => {
      failures = 0
      setStatus('connected')
    }),
  )
  void fresh.closed.then(() => {
    setStatus('lost')
    const pause = Math.min(longestPauseMs, 250 * 2 ** failures++) * (0.5 + Math.random() / 2)
    setTimeout(() => {
      caller = connect()
    }, pause)
  })
  return fresh
}

/** The present wire, whichever that is. */
export const bridge: Pick<Caller, 'call' | 'open'> = {
  call: (...args) => caller.call(...args),
  open: (...args) => caller.open(...args),
}

/** Gives the wire up for a new one, as who the page is by then. Resolves when it is connected. */
export const reconnect = (): Promise<void> =>
  new Promise((resolve) => {
    const stop = useBridge.subscribe(({ status }) => {
      if (status !== 'connected') return
      stop()
      resolve()
    })
    caller.close()
  })

/** A change made while the application is away must not happen later, behind a person's back. @throws AppError */
export function requireApplication(): void {
  if (useBridge.getState().status === 'connected') return
  throw new AppError('unreachable', 'The application does not answer, so nothing was changed.', {
    hint: 'Try again when it is back; the page connects by itself.',
  })
}
