import type { Socket } from 'node:net'
import { AnswerReader } from './answer-reader.ts'
import { type Head, type Pumping, pump } from './http1-request.ts'
import { faultText, type Outgoing, type Receiver, type Sent, UpstreamError } from './upstream.ts'

/** A request from the moment it is given to a client. It waits for a connection first. */
export class Sending implements Sent {
  readonly outgoing: Outgoing
  readonly head: Head
  receiver: Receiver | null
  connection: Connection | null = null

  constructor(outgoing: Outgoing, head: Head, receiver: Receiver) {
    this.outgoing = outgoing
    this.head = head
    this.receiver = receiver
  }

  pause(): void {
    this.connection?.pause()
  }

  resume(): void {
    this.connection?.resume()
  }

  abort(): void {
    this.receiver = null
    this.connection?.destroy()
  }

  fail(error: UpstreamError): void {
    const { receiver } = this
    this.receiver = null
    receiver?.failed(error)
  }
}

/** Who holds the connections. */
export type Holder = {
  /** It can carry another request. */
  onFree(connection: Connection): void
  onGone(connection: Connection): void
}

const mostIdleMs = 55_000
/** A server that says how long it waits closes a moment earlier than we would still use it otherwise. */
const marginMs = 1_000

/** One connection, which carries one request at a time: those after one another share neither bytes nor fate. */
export class Connection {
  readonly #socket: Socket
  readonly #reader: AnswerReader
  readonly #holder: Holder
  #sending: Sending | null = null
  #pumping: Pumping | null = null
  #sent = false
  #ended = false
  #broken: UpstreamError | null = null
  #gone = false
  /** Milliseconds of `performance.now()` at which it is given up, or closed when idle. */
  deadline = Number.POSITIVE_INFINITY

  constructor(open: (onBytes: (bytes: Buffer) => void) => Socket, holder: Holder) {
    this.#holder = holder
    this.#reader = new AnswerReader({
      onHead: (status, headers) => this.#sending?.receiver?.head(status, headers),
      onBody: (chunk) => this.#sending?.receiver?.body(chunk),
      onEnd: (trailers) => this.#endAnswer(trailers),
    })
    this.#socket = open((bytes) => this.#take(bytes))
    this.#socket.on('end', () => this.#sawEnd())
    this.#socket.on('error', (error) => this.#break(new UpstreamError('closed', faultText(error))))
    this.#socket.on('close', () => this.#close())
  }

  /** Sends a request that waits. */
  carry(sending: Sending): void {
    this.#sending = sending
    sending.connection = this
    const { outgoing, head } = sending
    this.#ended = false
    this.#reader.begin(outgoing.method)
    this.#await(outgoing.headersTimeoutMs)
    this.#socket.write(head.text, 'latin1')
    this.#sendBody(outgoing, head)
  }

  #sendBody({ body, headersTimeoutMs }: Outgoing, { length }: Head): void {
    this.#sent = body === null || Buffer.isBuffer(body)
    if (body === null) return
    if (Buffer.isBuffer(body)) return void this.#socket.write(body)
    this.#pumping = pump({
      ...{ socket: this.#socket, body, length },
      onProgress: () => this.#await(headersTimeoutMs),
      onDone: () => {
        this.#pumping = null
        this.#sent = true
      },
      onFailed: (why) => this.#break(new UpstreamError('closed', why)),
    })
  }

  /** Whether another request may be given to it. */
  get usable(): boolean {
    return !this.#socket.destroyed && this.deadline > performance.now()
  }

  pause(): void {
    this.deadline = Number.POSITIVE_INFINITY
    this.#socket.pause()
  }

  resume(): void {
    this.#await(this.#sending?.outgoing.idleTimeoutMs ?? 0)
    this.#socket.resume()
  }

  destroy(): void {
    this.#pumping?.stop()
    this.#socket.destroy()
  }

  /** The deadline has passed. */
  expire(): void {
    if (this.#sending === null) this.destroy()
    else this.#break(new UpstreamError('timeout', 'no answer in time'))
  }

  #await(timeoutMs: number): void {
    this.deadline = timeoutMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs
  }

  #take(bytes: Buffer): void {
    if (this.#broken || this.#gone) return
    const sending = this.#sending
    if (sending === null) return void this.destroy() // bytes that nobody asked for
    this.#await(sending.outgoing.idleTimeoutMs)
    try {
      this.#reader.push(bytes)
    } catch (thrown) {
      if (!(thrown instanceof UpstreamError)) throw thrown
      return void this.#break(thrown)
    }
    // Only now: what came behind an answer must never be taken for the next one.
    if (this.#ended) this.#release()
  }

  #endAnswer(trailers: readonly string[]): void {
    this.#ended = true
    const receiver = this.#sending?.receiver
    if (this.#sending) this.#sending.receiver = null
    receiver?.end(trailers)
  }

  #release(): void {
    const sending = this.#sending
    this.#sending = null
    if (sending) sending.connection = null
    if (!this.#sent || !this.#reader.reusable || this.#gone || this.#socket.destroyed) return void this.destroy()
    const kept = this.#reader.keptForMs
    this.deadline = performance.now() + Math.min(mostIdleMs, kept === null ? mostIdleMs : Math.max(0, kept - marginMs))
    this.#holder.onFree(this)
  }

  #sawEnd(): void {
    if (this.#sending === null) this.destroy()
    else if (this.#reader.ended()) this.#release()
  }

  #break(error: UpstreamError): void {
    this.#broken ??= error
    this.destroy()
    this.#fail(this.#broken)
  }

  #fail(error: UpstreamError): void {
    const sending = this.#sending
    this.#sending = null
    if (!sending) return
    sending.connection = null
    sending.fail(error)
  }

  #close(): void {
    if (this.#gone) return
    this.#gone = true
    this.#holder.onGone(this)
    this.#fail(this.#broken ?? new UpstreamError('closed', 'the server closed the connection'))
  }
}
