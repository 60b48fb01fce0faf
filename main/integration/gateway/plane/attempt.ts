import { type Backend, recordAttempt } from './backends.ts'
import type { Endpoint } from './endpoint.ts'
import { type Outgoing, type Receiver, type Sent, UpstreamError } from './upstream/upstream.ts'

/** Who waits for an attempt: it is told of the answer only while the attempt counts. */
export type Waiting = {
  /** @returns false to give this answer up and try again. */
  answered(attempt: Attempt, status: number, headers: readonly string[]): boolean
  /** The bytes hold only during the call. */
  body(attempt: Attempt, chunk: Buffer): void
  done(attempt: Attempt, trailers: readonly string[]): void
  failed(attempt: Attempt, error: UpstreamError): void
}

/** One try at one endpoint. */
export class Attempt implements Receiver {
  readonly backend: Backend
  readonly endpoint: Endpoint
  readonly #waiting: Waiting
  #sent: Sent | null = null
  #timer: NodeJS.Timeout | null = null
  #over = false

  constructor(backend: Backend, endpoint: Endpoint, waiting: Waiting, timeoutMs: number) {
    this.backend = backend
    this.endpoint = endpoint
    this.#waiting = waiting
    endpoint.inFlight++
    if (timeoutMs > 0) this.#timer = setTimeout(() => this.#timeOut(), timeoutMs)
  }

  /** Sends it. What cannot be sent fails at once. */
  begin(outgoing: Outgoing): void {
    try {
      this.#sent = this.endpoint.client.send(outgoing, this)
    } catch (thrown) {
      if (!(thrown instanceof UpstreamError)) throw thrown
      this.failed(thrown)
    }
  }

  head(status: number, headers: readonly string[]): void {
    if (this.#over || this.#waiting.answered(this, status, headers)) return
    this.settle(true)
    this.#sent?.abort()
  }

  body(chunk: Buffer): void {
    if (!this.#over) this.#waiting.body(this, chunk)
  }

  end(trailers: readonly string[]): void {
    if (!this.#over) this.#waiting.done(this, trailers)
  }

  failed(error: UpstreamError): void {
    if (!this.#over) this.#waiting.failed(this, error)
  }

  pause(): void {
    this.#sent?.pause()
  }

  resume(): void {
    this.#sent?.resume()
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
    this.#sent?.abort()
  }

  #timeOut(): void {
    if (this.#over) return
    this.#waiting.failed(this, new UpstreamError('timeout', 'no answer in time'))
    this.#sent?.abort()
  }
}
