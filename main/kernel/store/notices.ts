import { AppError } from '#preload/contract/error.ts'

/** What one process of a workspace tells the others. Small: it says what to look at again, not what is there. */
export type Notice = {
  readonly topic: string
  readonly payload: unknown
  /** The instance that told it. */
  readonly from: string
  readonly own: boolean
}

/** After a lost connection: anything may have happened meanwhile, so everything must be read again. */
export const resync = 'resync'

/** PostgreSQL carries less than 8,000 bytes (NOTIFY). */
const mostBytes = 7_500

/** @throws AppError `too_large`. */
export function encodeNotice(instance: string, topic: string, payload: unknown): string {
  const text = JSON.stringify({ from: instance, topic, payload: payload ?? null })
  if (Buffer.byteLength(text) > mostBytes)
    throw new AppError('too_large', `What is told about ${topic} is too long; tell where to look instead.`)
  return text
}

/** @returns null for what is not ours: anybody may notify a channel. */
export function decodeNotice(instance: string, text: string): Notice | null {
  try {
    const { from, topic, payload } = JSON.parse(text)
    return typeof from === 'string' && typeof topic === 'string'
      ? { from, topic, payload, own: from === instance }
      : null
  } catch {
    return null
  }
}

/** A set of listeners, of whom a failing one never stops another. */
export function createListeners<T>(): { on: (listener: (value: T) => void) => () => void; tell: (value: T) => void } {
  const listeners = new Set<(value: T) => void>()
  return {
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell(value) {
      for (const listener of [...listeners])
        try {
          listener(value)
        } catch {
          // a listener's own failure is its own; the others must still hear
        }
    },
  }
}
