import {
  type ClientFrame,
  type ClientWire,
  decodeServerFrame,
  encodeFrame,
  type ServerFrame,
} from '#preload/contract/wire.ts'

/** What the preload script of the desktop host puts on the window. */
type DesktopBridge = { readonly connect: (onFrame: (frame: ServerFrame) => void) => (frame: ClientFrame) => void }

declare global {
  interface Window {
    readonly framework0?: DesktopBridge
  }
}

/** The wire of the host this page runs in: the desktop's message port, or a WebSocket to the server host. */
export function openWire(onOpen: () => void): ClientWire {
  return window.framework0 ? portWire(window.framework0, onOpen) : socketWire(onOpen)
}

/**
 * Whether the host answers and lets this page in no more: a WebSocket tells nobody why it was refused, so the page itself
 * is asked for. Where people sign in, that answer brings a session to sign in with, and the next wire opens.
 */
export async function refusesSession(): Promise<boolean> {
  if (window.framework0) return false
  try {
    const answer = await fetch('/', { method: 'HEAD', cache: 'no-store', redirect: 'error' })
    return answer.status === 401 || answer.status === 403
  } catch {
    return false
  }
}

function portWire(bridge: DesktopBridge, onOpen: () => void): ClientWire {
  let send: ((frame: ClientFrame) => void) | null = null
  return {
    send: (frame) => send?.(frame),
    listen: ({ frame }) => {
      send = bridge.connect(frame)
      onOpen()
    },
    close: () => {
      send = null
    },
  }
}

function socketWire(onOpen: () => void): ClientWire {
  const socket = new WebSocket(
    `${window.location.protocol === 'https:' ? 'wss' : 'ws'}://${window.location.host}/bridge`,
  )
  socket.binaryType = 'arraybuffer'
  const waiting: ClientFrame[] = []
  return {
    send(frame) {
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(frame)
      else if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame(frame))
    },
    listen({ frame, close }) {
      socket.onopen = () => {
        for (const early of waiting.splice(0)) socket.send(encodeFrame(early))
        onOpen()
      }
      socket.onmessage = ({ data }) => frame(decodeServerFrame(typeof data === 'string' ? data : new Uint8Array(data)))
      socket.onclose = close
    },
    close: () => socket.close(),
  }
}
