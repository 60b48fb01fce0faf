import type { MessagePort, Worker } from 'node:worker_threads'
import { AppError, asAppError, type ErrorShape } from '#preload/contract/error.ts'
import { storageError } from '../store/errors.ts'

/** One end of the line between a worker thread and its owner. */
export type Port = {
  readonly post: (message: unknown) => void
  readonly listen: (listener: (message: unknown) => void) => void
}

/** The port of a worker (for its owner), or of the owner (inside the worker). */
export const threadPort = (thread: Worker | MessagePort): Port => ({
  post: (message) => thread.postMessage(message),
  listen: (listener) => void (thread as MessagePort).on('message', listener),
})

type Methods = Readonly<Record<string, (input: never, signal: AbortSignal) => unknown>>

type ToWorker =
  | { readonly t: 'call'; readonly id: number; readonly method: string; readonly input: unknown }
  | { readonly t: 'cancel'; readonly id: number }
type FromWorker =
  | { readonly t: 'value'; readonly id: number; readonly value: unknown }
  | { readonly t: 'error'; readonly id: number; readonly error: ErrorShape }
  | { readonly t: 'event'; readonly name: string; readonly payload: unknown }

/** The methods of a worker as its owner calls them: everything is a promise and can be cancelled. */
export type Remote<M extends Methods> = {
  readonly [K in keyof M]: (input: Parameters<M[K]>[0], signal?: AbortSignal) => Promise<Awaited<ReturnType<M[K]>>>
}

/** Answers calls inside a worker thread. @returns a function that sends an event to the owner. */
export function serveChannel(port: Port, methods: Methods): (name: string, payload: unknown) => void {
  const running = new Map<number, AbortController>()
  const answer = async (id: number, method: string, input: unknown): Promise<void> => {
    const abort = new AbortController()
    running.set(id, abort)
    try {
      const run = methods[method] as ((input: unknown, signal: AbortSignal) => unknown) | undefined
      if (!run) throw new Error(`The worker has no method ${method}.`)
      const value = await run(input, abort.signal)
      port.post({ t: 'value', id, value } satisfies FromWorker)
    } catch (thrown) {
      const error = asAppError(storageError(thrown) ?? thrown)
      if (error.code === 'internal')
        port.post({ t: 'event', name: 'fault', payload: describe(thrown) } satisfies FromWorker)
      port.post({ t: 'error', id, error: error.toShape() } satisfies FromWorker)
    } finally {
      running.delete(id)
    }
  }
  port.listen((raw) => {
    const message = raw as ToWorker
    if (message.t === 'call') void answer(message.id, message.method, message.input)
    else running.get(message.id)?.abort()
  })
  return (name, payload) => port.post({ t: 'event', name, payload } satisfies FromWorker)
}

const describe = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)

/** Calls into a worker thread. When the worker is gone, `fail` rejects what waits. */
export function connectChannel<M extends Methods>(
  port: Port,
  onEvent: (name: string, payload: unknown) => void,
): { readonly remote: Remote<M>; readonly fail: (error: AppError) => void } {
  type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: AppError) => void }
  const waiting = new Map<number, Waiting>()
  let nextId = 1
  let failed: AppError | null = null

  port.listen((raw) => {
    const message = raw as FromWorker
    if (message.t === 'event') return onEvent(message.name, message.payload)
    const entry = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.t === 'value') entry?.resolve(message.value)
    else entry?.reject(AppError.fromShape(message.error))
  })

  const call = (method: string, input: unknown, signal?: AbortSignal): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (failed) return reject(failed)
      const id = nextId++
      const onAbort = (): void => {
        waiting.delete(id)
        port.post({ t: 'cancel', id } satisfies ToWorker)
        reject(new AppError('cancelled', 'The request was cancelled.'))
      }
      if (signal?.aborted) return onAbort()
      const settled = (): void => signal?.removeEventListener('abort', onAbort)
      signal?.addEventListener('abort', onAbort, { once: true })
      waiting.set(id, {
        resolve: (value) => {
          settled()
          resolve(value)
        },
        reject: (error) => {
          settled()
          reject(error)
        },
      })
      port.post({ t: 'call', id, method, input } satisfies ToWorker)
    })

  return {
    remote: new Proxy({} as Remote<M>, {
      get: (_, method) => (input: unknown, signal?: AbortSignal) => call(String(method), input, signal),
    }),
    fail(error) {
      failed = error
      for (const entry of waiting.values()) entry.reject(error)
      waiting.clear()
    },
  }
}
