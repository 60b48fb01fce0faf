import type { ErrorShape } from './error.ts'

/** What a calling side sends. `id` is chosen by the caller and unique while in use. */
export type ClientFrame =
  | { readonly t: 'call'; readonly id: number; readonly op: string; readonly input: unknown }
  | { readonly t: 'open'; readonly id: number; readonly op: string; readonly input: unknown; readonly credit: number }
  | { readonly t: 'credit'; readonly id: number; readonly n: number }
  | { readonly t: 'cancel'; readonly id: number }

/** What the application answers. A stream sends no more items than it was given credit for. */
export type ServerFrame =
  | { readonly t: 'value'; readonly id: number; readonly value: unknown }
  | { readonly t: 'error'; readonly id: number; readonly error: ErrorShape }
  | { readonly t: 'item'; readonly id: number; readonly value: unknown }
  | { readonly t: 'end'; readonly id: number }

/** One side of a connection. Frames arrive in the order in which they were sent, or the wire closes. */
export type Wire<Out, In> = {
  readonly send: (frame: Out) => void
  /** Called once, before anything is sent. */
  readonly listen: (on: { readonly frame: (frame: In) => void; readonly close: () => void }) => void
  readonly close: () => void
}

export type ClientWire = Wire<ClientFrame, ServerFrame>
export type ServerWire = Wire<ServerFrame, ClientFrame>

const itemHeaderBytes = 4

/** A frame as one WebSocket message: JSON text, or for a binary item four bytes of id (little-endian) and the chunk. */
export function encodeFrame(frame: ClientFrame | ServerFrame): string | Uint8Array<ArrayBuffer> {
  if (frame.t !== 'item' || !(frame.value instanceof Uint8Array)) return JSON.stringify(frame)
  const message = new Uint8Array(itemHeaderBytes + frame.value.byteLength)
  new DataView(message.buffer).setUint32(0, frame.id, true)
  message.set(frame.value, itemHeaderBytes)
  return message
}

export function decodeServerFrame(message: string | Uint8Array): ServerFrame {
  if (typeof message === 'string') return JSON.parse(message)
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  return { t: 'item', id: view.getUint32(0, true), value: message.subarray(itemHeaderBytes) }
}

/** @returns null for anything that is not a frame: the sender is broken or hostile, and the wire should close. */
export function decodeClientFrame(message: string): ClientFrame | null {
  let frame: unknown
  try {
    frame = JSON.parse(message)
  } catch {
    return null
  }
  return isClientFrame(frame) ? frame : null
}

export function isClientFrame(frame: unknown): frame is ClientFrame {
  if (typeof frame !== 'object' || frame === null || !('t' in frame) || !('id' in frame)) return false
  if (!Number.isInteger(frame.id)) return false
  if (frame.t === 'cancel') return true
  if (frame.t === 'credit') return 'n' in frame && isCredit(frame.n)
  if (!('op' in frame) || typeof frame.op !== 'string') return false
  return frame.t === 'call' || (frame.t === 'open' && 'credit' in frame && isCredit(frame.credit))
}

const isCredit = (n: unknown): boolean => typeof n === 'number' && Number.isInteger(n) && n > 0 && n <= 1_000_000
