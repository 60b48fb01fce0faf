import type { Dispatcher } from 'undici'
import { type Backend, recordAttempt } from './backends.ts'
import type { Endpoint } from './endpoint.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Who waits for an attempt: it is told of the answer only while the attempt counts. */
export type Waiting = {
  /** @returns false to give this answer up and try again. */
  answered(attempt: Attempt, status: number, headers: Headers): boolean
  body(attempt: Attempt, chunk: Buffer): void
  done(attempt: Attempt, trailers: Headers): void
  failed(attempt: Attempt, error: Error): void
}

/** One try at one endpoint, as undici tells of it. */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly backend: Backend
  readonly endpoint: Endpoint
  readonly #waiting: Waiting
  #controller: Dispatcher.DispatchController | null = null
  #timer: NodeJS.Timeout | null = null
  #over = false
  timedOut = false

  constructor(backend: Backend, endpoint: Endpoint, waiting: Waiting, timeoutMs: number) {
    this.backend = backend
    this.endpoint = endpoint
    this.#waiting = waiting
    endpoint.inFlight++
    if (timeoutMs > 0) this.#timer = setTimeout(() => this.#timeOut(), timeoutMs)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(new Error('given up'))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (this.#over || status < 200) return
    if (this.#waiting.answered(this, status, headers)) return
    this.settle(true)
    controller.abort(new Error('tried again'))
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over) this.#waiting.body(this, chunk)
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: Headers): void {
    if (!this.#over) this.#waiting.done(this, trailers)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#over) this.#waiting.failed(this, error)
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  /** Ends the attempt in the books. `failed` null: nothing is learnt about the endpoint. */
  settle(failed: boolean | null): void {
    if (this.#over) return
    this.#over = true
    if (this.#timer) clearTimeout(this.#timer)
    this.endpoint.inFlight--
    if (failed === null) this.backend.circuit?.forget()
    else recordAttempt(this.backend, this.endpoint, failed, performance.now())
  }

  /** Gives up without learning anything: the client went away, or its body was too large. */
  abandon(): void {
    this.settle(null)
    this.#controller?.abort(new Error('given up'))
  }

  #timeOut(): void {
    this.timedOut = true
    const { failed } = this.#waiting
    if (this.#over) return
    failed.call(this.#waiting, this, new Error('The backend did not answer in time.'))
    this.#controller?.abort(new Error('given up'))
  }
}
