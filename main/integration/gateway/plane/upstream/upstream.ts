import type { Readable } from 'node:stream'

/** A request on its way to an endpoint. */
export type Outgoing = {
  readonly method: string
  readonly path: string
  /** Flat names and values, with Host; no field that concerns the connection. */
  readonly headers: readonly string[]
  readonly body: Readable | Buffer | null
  /** From the last byte sent to the head of the answer; 0 waits for ever. */
  readonly headersTimeoutMs: number
  /** Between two pieces of the answer's body; 0 waits for ever. */
  readonly idleTimeoutMs: number
}

/** Who is told of the answer. After `end`, `failed` or `abort` it hears nothing more. */
export type Receiver = {
  /** `headers` are flat, with names in lower case, and hold those of the connection, too. */
  head(status: number, headers: readonly string[]): void
  /** The bytes hold only during the call. */
  body(chunk: Buffer): void
  end(trailers: readonly string[]): void
  failed(error: UpstreamError): void
}

/** A request that was given to a client. */
export type Sent = { pause(): void; resume(): void; abort(): void }

/** The connections to one endpoint. */
export type UpstreamClient = {
  /** @throws UpstreamError `unsendable` for what HTTP cannot say; then nothing was sent. */
  send(outgoing: Outgoing, receiver: Receiver): Sent
  /** Takes nothing more, and lets what is under way end. */
  close(): void
  /** Ends everything at once. */
  destroy(): void
}

export type UpstreamFault = 'unsendable' | 'connect' | 'connect timeout' | 'timeout' | 'closed' | 'bad answer'

export class UpstreamError extends Error {
  readonly fault: UpstreamFault
  constructor(fault: UpstreamFault, message: string) {
    super(message)
    this.fault = fault
  }
}

/** What the system says of a connection that failed, in one word where it has one. */
export const faultText = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.message
