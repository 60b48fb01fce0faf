import { Readable } from 'node:stream'

type BodyOptions = {
  readonly limit: number
  readonly onTooLarge: () => void
  /** Called with the whole body when it ended and was small enough to keep; null without mirrors. */
  readonly copy: ((body: Buffer) => void) | null
}

/** Bodies up to this size are copied to mirrors; larger ones are not, because they would have to be kept. */
const copiedAtMost = 1_048_576

/**
 * The body of a request on its way upstream: pulls no faster than it is taken, counts, and can be given up without
 * giving up the client's connection, which destroying the request itself would do.
 */
export class RequestBody extends Readable {
  readonly #source: Readable
  readonly #options: BodyOptions
  #bytes = 0
  #kept: Buffer[] | null
  /** Once true, the request cannot be tried again: part of its body is gone. */
  started = false

  constructor(source: Readable, options: BodyOptions) {
    super()
    this.#source = source
    this.#options = options
    this.#kept = options.copy ? [] : null
  }

  override _read(): void {
    if (!this.started) this.#begin()
    this.#source.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose)
    this.#source.resume()
    callback(error)
  }

  #begin(): void {
    this.started = true
    this.#source.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length
    if (this.#bytes > this.#options.limit) {
      this.#options.onTooLarge()
      return
    }
    if (this.#kept) this.#keep(chunk)
    if (!this.push(chunk)) this.#source.pause()
  }

  #keep(chunk: Buffer): void {
    if (this.#bytes > copiedAtMost) this.#kept = null
    else this.#kept?.push(Buffer.from(chunk))
  }

  readonly #onEnd = (): void => {
    this.push(null)
    if (this.#kept) this.#options.copy?.(Buffer.concat(this.#kept))
  }

  readonly #onClose = (): void => {
    if (!this.#source.readableEnded) this.destroy(new Error('The client went away before the end of its request.'))
  }
}
