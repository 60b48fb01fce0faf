import { create } from 'zustand'
import { type Caller, createCaller } from '#preload/contract/caller.ts'
import { AppError } from '#preload/contract/error.ts'
import { openWire, refusesSession } from './wire.ts'

export type BridgeState = {
  /** `refused`: the application answers, and does not know this page's session (any more). */
  readonly status: 'connecting' | 'connected' | 'lost' | 'refused'
  /** Of what is away, since when nothing has come. */
  readonly since: number
}

/** Whether the page reaches the application. */
export const useBridge = create<BridgeState>(() => ({ status: 'connecting', since: Date.now() }))

export const isAway = ({ status }: BridgeState): boolean => status === 'lost' || status === 'refused'

const setStatus = (status: BridgeState['status']): void => {
  const before = useBridge.getState()
  if (before.status === status) return
  const next: BridgeState = { status, since: Date.now() }
  useBridge.setState(isAway(before) && isAway(next) ? { status } : next)
}

const longestPauseMs = 5_000

let failures = 0
let caller: Caller = connect()

/**
 * Opens a wire, and another whenever it is lost; calls made meanwhile fail and say so. Also where the session is refused:
 * the link may be opened in another tab of the browser, which then is the session of this one, too.
 */
function connect(): Caller {
  let opened = false
  const fresh = createCaller(
    openWire(() => {
      opened = true
      failures = 0
      setStatus('connected')
    }),
  )
  void fresh.closed.then(async () => {
    if (!isAway(useBridge.getState())) setStatus('lost')
    if (!opened) setStatus((await refusesSession()) ? 'refused' : 'lost')
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
  const { status } = useBridge.getState()
  if (status === 'connected') return
  if (status === 'refused')
    throw new AppError('unauthenticated', "This page's sign-in is over, so nothing was changed.", {
      hint: 'Open the link that the application printed when it started.',
    })
  throw new AppError('unreachable', 'The application does not answer, so nothing was changed.', {
    hint: 'Try again when it is back; the page connects by itself.',
  })
}
