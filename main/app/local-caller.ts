import type { CallerSession } from '#main/kernel/access/caller.ts'
import { type Caller as BridgeCaller, createCaller } from '#preload/contract/caller.ts'
import type { ClientFrame, ServerFrame } from '#preload/contract/wire.ts'
import type { Router } from './router.ts'
import { serveSession } from './session.ts'

/** A caller in this process: the same frames and the same door, without a socket between. */
export function connectLocally(router: Router, session: CallerSession): BridgeCaller {
  type Listener<F> = { frame: (frame: F) => void; close: () => void }
  let toServer: Listener<ClientFrame> | null = null
  let toClient: Listener<ServerFrame> | null = null
  const close = (): void => {
    toServer?.close()
    toClient?.close()
  }
  serveSession(
    {
      send: (frame) => queueMicrotask(() => toClient?.frame(frame)),
      listen: (on) => {
        toServer = on
      },
      close,
    },
    session,
    router,
  )
  return createCaller({
    send: (frame) => queueMicrotask(() => toServer?.frame(frame)),
    listen: (on) => {
      toClient = on
    },
    close,
  })
}
