import type { MessagePort } from 'node:worker_threads'
import { WebSocket } from 'ws'
import type { ErrorShape } from '#preload/contract/error.ts'
import {
  type ClientFrame,
  type ClientWire,
  decodeClientFrame,
  decodeServerFrame,
  encodeFrame,
  isClientFrame,
  type ServerFrame,
  type ServerWire,
} from '#preload/contract/wire.ts'

/** Past this many bytes in flight a reader is not reading; streams have credit, so only a broken one gets here. */
const mostBuffered = 64 * 1024 * 1024

const closedByProtocol = 1002

/** @returns why a frame of that many bytes is not taken now; null when it is. */
export type Gate = (bytes: number) => ErrorShape | null

/** The application's side of a WebSocket. Anything that is not a frame closes it. */
export function serverWire(socket: WebSocket, gate: Gate = () => null): ServerWire {
  return {
    send(frame) {
      if (socket.readyState !== WebSocket.OPEN) return
      if (socket.bufferedAmount > mostBuffered) socket.terminate()
      else socket.send(encodeFrame(frame))
    },
    listen({ frame: onFrame, close }) {
      socket.on('message', (data, isBinary) => {
        const text = isBinary ? null : String(data)
        const frame = text === null ? null : decodeClientFrame(text)
        if (!frame) return socket.close(closedByProtocol, 'Not a frame.')
        const error = gate(text?.length ?? 0)
        if (!error) return onFrame(frame)
        if (frame.t === 'call' || frame.t === 'open') socket.send(encodeFrame({ t: 'error', id: frame.id, error }))
      })
      socket.on('close', close)
      socket.on('error', () => socket.terminate())
    },
    close: () => socket.close(),
  }
}

/** The calling side of a WebSocket in Node, for the command line. Frames sent before it is open wait for it. */
export function clientWire(socket: WebSocket): ClientWire {
  const waiting: ClientFrame[] = []
  return {
    send(frame) {
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(frame)
      else if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame(frame))
    },
    listen({ frame: onFrame, close }) {
      socket.on('open', () => {
        for (const frame of waiting.splice(0)) socket.send(encodeFrame(frame))
      })
      socket.on('message', (data, isBinary) =>
        onFrame(decodeServerFrame(isBinary ? new Uint8Array(data as Buffer) : String(data))),
      )
      socket.on('close', close)
      socket.on('error', close)
    },
    close: () => socket.close(),
  }
}

/** What a message port of Electron's main process and one of Node have in common, as this wire uses it. */
export type MainPort = {
  readonly postMessage: (message: unknown) => void
  readonly on: (event: 'message' | 'close', listener: (event: { data: unknown }) => void) => unknown
  readonly start: () => void
  readonly close: () => void
}

/** The application's side of a message port. */
export function portWire(port: MainPort): ServerWire {
  return {
    send: (frame: ServerFrame) => port.postMessage(frame),
    listen({ frame: onFrame, close }) {
      port.on('message', ({ data }) => {
        if (isClientFrame(data)) onFrame(data)
        else port.close()
      })
      port.on('close', close)
      port.start()
    },
    close: () => port.close(),
  }
}

/** A Node message port in the shape of Electron's; for tests and for callers inside the process. */
export const asMainPort = (port: MessagePort): MainPort => ({
  postMessage: (message) => port.postMessage(message),
  on: (event, listener) =>
    event === 'message'
      ? port.on('message', (data: unknown) => listener({ data }))
      : port.on('close', () => listener({ data: null })),
  start: () => port.start(),
  close: () => port.close(),
})
