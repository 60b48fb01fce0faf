import { fieldName, isFieldValue } from './field-names.ts'
import { UpstreamError } from './upstream.ts'

/** Who is told of an answer as it comes. */
export type AnswerEvents = {
  onHead(status: number, headers: string[]): void
  /** The bytes hold only during the call. */
  onBody(chunk: Buffer): void
  onEnd(trailers: string[]): void
}

type State = 'idle' | 'head' | 'sized' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'until close'

const mostHeadBytes = 32_768
const mostLineBytes = 4_096
const endOfHead = Buffer.from('\r\n\r\n')
const endOfLine = Buffer.from('\r\n')
const nothing = Buffer.alloc(0)

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const size = /^[0-9]{1,15}$/
const chunkSize = /^([0-9a-fA-F]{1,8})(?:[\t ]*;.*)?$/

/**
 * Reads the answers of one HTTP/1 connection, one at a time (RFC 9112). It is strict: whatever another reader might take
 * for something else – two lengths, a bare line feed, an unknown transfer coding – is no answer, since a proxy that guesses
 * can be made to tell one client what was meant for another.
 */
export class AnswerReader {
  readonly #events: AnswerEvents
  #state: State = 'idle'
  #method = ''
  /** Bytes of a head or a line that is not whole yet. */
  #held: Buffer = nothing
  /** Bytes of the body, or of the chunk, still to come. */
  #left = 0
  /** Whether the connection can carry another request after this answer. */
  reusable = false
  /** Milliseconds for which the server says that it keeps an idle connection; null where it says nothing. */
  keptForMs: number | null = null

  constructor(events: AnswerEvents) {
    this.#events = events
  }

  /** Awaits the answer to a request of this method. */
  begin(method: string): void {
    this.#method = method
    this.#state = 'head'
    this.reusable = false
    this.keptForMs = null
  }

  get reading(): boolean {
    return this.#state !== 'idle'
  }

  /** @throws UpstreamError `bad answer` for what is none, and for bytes that nobody asked for. */
  push(given: Buffer): void {
    let bytes = given
    while (bytes.length > 0) bytes = this.#step(bytes)
  }

  /** The connection has ended. @returns whether the answer was whole by then. */
  ended(): boolean {
    if (this.#state !== 'until close') return false
    this.#finish([])
    return true
  }

  /** @returns what is still to be read. */
  #step(bytes: Buffer): Buffer {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes)
      case 'sized':
      case 'chunk':
        return this.#readCounted(bytes)
      case 'chunk size':
        return this.#line(bytes, (line) => this.#beginChunk(line))
      case 'chunk end':
        return this.#line(bytes, (line) => this.#endChunk(line))
      case 'trailers':
        return this.#readTrailers(bytes)
      case 'until close':
        this.#events.onBody(bytes)
        return nothing
      case 'idle':
        throw bad('there was more than one answer')
    }
  }

  #readHead(given: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? given : Buffer.concat([this.#held, given])
    const end = bytes.indexOf(endOfHead)
    if (end > mostHeadBytes || (end < 0 && bytes.length > mostHeadBytes)) throw bad('its head is too large')
    if (end < 0) {
      this.#held = Buffer.from(bytes)
      return nothing
    }
    this.#held = nothing
    this.#takeHead(bytes.toString('latin1', 0, end))
    return bytes.subarray(end + 4)
  }

  #takeHead(text: string): void {
    const first = text.indexOf('\r\n')
    const [, minor, code] = statusLine.exec(first < 0 ? text : text.slice(0, first)) ?? []
    if (code === undefined) throw bad('it is not HTTP/1')
    const status = Number(code)
    const headers = first < 0 ? [] : fieldsOf(text, first + 2)
    if (status === 101) throw bad('it changes the protocol, which nobody asked for')
    if (status < 200) return
    this.#frame(status, minor === '1', headers)
  }

  /** How the body is delimited (RFC 9112 §6.3). */
  #frame(status: number, persistent: boolean, headers: string[]): void {
    let length: string | null = null
    let coding: string | null = null
    let keeps = persistent
    for (let index = 0; index < headers.length; index += 2) {
      const value = headers[index + 1] ?? ''
      switch (headers[index]) {
        case 'content-length':
          if (!size.test(value) || (length !== null && length !== value))
            throw bad('its length is not to be understood')
          length = value
          break
        case 'transfer-encoding':
          if (coding !== null || value.toLowerCase() !== 'chunked') throw bad('its transfer coding is not known')
          coding = value
          break
        case 'connection':
          keeps = keepsOpen(value, keeps)
          break
        case 'keep-alive':
          this.keptForMs = idleOf(value)
      }
    }
    if (length !== null && coding !== null) throw bad('it has a length and a transfer coding')
    const bodiless = this.#method === 'HEAD' || status === 204 || status === 304
    this.reusable = keeps && (bodiless || length !== null || coding !== null)
    this.#left = Number(length ?? 0)
    this.#state = coding !== null ? 'chunk size' : length === null ? 'until close' : 'sized'
    this.#events.onHead(status, headers)
    if (bodiless || this.#state === 'sized') this.#endIfNothingIsLeft(bodiless)
  }

  #endIfNothingIsLeft(bodiless: boolean): void {
    if (bodiless || this.#left === 0) this.#finish([])
  }

  #readCounted(bytes: Buffer): Buffer {
    const taken = Math.min(bytes.length, this.#left)
    this.#left -= taken
    this.#events.onBody(taken === bytes.length ? bytes : bytes.subarray(0, taken))
    if (this.#left === 0)
      if (this.#state === 'sized') this.#finish([])
      else if (this.#state === 'chunk') this.#state = 'chunk end'
    return bytes.subarray(taken)
  }

  /** Gives a whole line to `take`, without its end. */
  #line(given: Buffer, take: (line: string) => void): Buffer {
    const bytes = this.#held.length === 0 ? given : Buffer.concat([this.#held, given])
    const end = bytes.indexOf(endOfLine)
    if (end > mostLineBytes || (end < 0 && bytes.length > mostLineBytes)) throw bad('a line of its body is too long')
    if (end < 0) {
      this.#held = Buffer.from(bytes)
      return nothing
    }
    this.#held = nothing
    take(bytes.toString('latin1', 0, end))
    return bytes.subarray(end + 2)
  }

  #beginChunk(line: string): void {
    const [, digits] = chunkSize.exec(line) ?? []
    if (digits === undefined || !isFieldValue(line)) throw bad('a chunk of its body has no size')
    this.#left = Number.parseInt(digits, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'chunk'
  }

  #endChunk(line: string): void {
    if (line !== '') throw bad('a chunk of its body is longer than its size')
    this.#state = 'chunk size'
  }

  #readTrailers(given: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? given : Buffer.concat([this.#held, given])
    if (bytes.length >= 2 && bytes.indexOf(endOfLine) === 0) {
      this.#held = nothing
      this.#finish([])
      return bytes.subarray(2)
    }
    const end = bytes.indexOf(endOfHead)
    if (end > mostHeadBytes || (end < 0 && bytes.length > mostHeadBytes)) throw bad('its trailers are too large')
    if (end < 0) {
      this.#held = Buffer.from(bytes)
      return nothing
    }
    this.#held = nothing
    this.#finish(fieldsOf(bytes.toString('latin1', 0, end), 0))
    return bytes.subarray(end + 4)
  }

  #finish(trailers: string[]): void {
    this.#state = 'idle'
    this.#events.onEnd(trailers)
  }
}

/** Field lines from an offset on, as flat names and values. */
function fieldsOf(text: string, from: number): string[] {
  const fields: string[] = []
  let start = from
  while (start < text.length) {
    const found = text.indexOf('\r\n', start)
    const end = found < 0 ? text.length : found
    const colon = text.indexOf(':', start)
    const name = colon < 0 || colon > end ? null : fieldName(text.slice(start, colon))
    if (name === null) throw bad('it has a header line without a name')
    const value = trimmed(text, colon + 1, end)
    if (!isFieldValue(value)) throw bad(`its ${name} has characters that no header has`)
    fields.push(name, value)
    start = end + 2
  }
  return fields
}

function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

function keepsOpen(value: string, before: boolean): boolean {
  if (value === 'keep-alive') return true
  const options = value
    .toLowerCase()
    .split(',')
    .map((option) => option.trim())
  if (options.includes('close')) return false
  return before || options.includes('keep-alive')
}

function idleOf(value: string): number | null {
  const [, seconds] = /(?:^|[,\s])timeout=(\d{1,6})\b/i.exec(value) ?? []
  return seconds === undefined ? null : Number(seconds) * 1_000
}

const bad = (why: string): UpstreamError =>
  new UpstreamError('bad answer', `The answer is not to be understood: ${why}.`)
