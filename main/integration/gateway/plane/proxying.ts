import { Readable, type Writable } from 'node:stream'
import { Attempt, type Waiting } from './attempt.ts'
import { pickEndpoint } from './backends.ts'
import { cutOff, hasBody, lastOfConnection, sendHead, setTrailers } from './client-side.ts'
import { codingFor, createCompressor, encodedHeaders } from './compression.ts'
import type { Counter, Ending } from './counters.ts'
import type { Endpoint } from './endpoint.ts'
import { sendMirror } from './mirror.ts'
import type { Ongoing } from './ongoing.ts'
import { RequestBody } from './request-body.ts'
import { answeredOn, changeHeaders, flatValue } from './request-headers.ts'
import type { Choice, Mirror, RulePlan } from './rule-plan.ts'
import { openTunnel, type Tunnel } from './tunnel.ts'
import type { UpstreamError } from './upstream/upstream.ts'
import { type UpstreamRequest, upstreamRequest } from './upstream-request.ts'

const repeatable = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])
const untilHeadersMs = 60_000
/** Node writes a head and a text in one piece, a head and bytes in two: half the cost of an answer. Latin-1 keeps each byte. */
const asTextAtMost = 16_384

/** The part of an exchange that concerns its backend: attempts, the answer's way back, failures. */
export class Proxying implements Waiting {
  readonly #exchange: Ongoing
  readonly #plan: RulePlan
  readonly #choice: Choice
  #upstream: UpstreamRequest | null = null
  #body: RequestBody | null = null
  #attempt: Attempt | null = null
  #tunnel: Tunnel | null = null
  #deadline: NodeJS.Timeout | null = null
  #backoff: NodeJS.Timeout | null = null
  #sink: Writable | null = null
  /** Body bytes still to come when the whole answer fits one write; null otherwise. */
  #wholeLength: number | null = null
  #status = 0
  attempts = 0
  endpoint: string | null = null

  constructor(exchange: Ongoing, plan: RulePlan, choice: Choice) {
    this.#exchange = exchange
    this.#plan = plan
    this.#choice = choice
    choice.counter.inFlight++
    choice.backend.inFlight++
  }

  begin(): void {
    const { rule, budget } = this.#plan
    budget.seen()
    if (rule.timeouts.requestMs > 0) this.#deadline = setTimeout(() => this.#tooLate(), rule.timeouts.requestMs)
    this.#upstream = upstreamRequest(this.#exchange, this.#plan, this.#choice.backend)
    const mirrors = this.#plan.mirrors.length === 0 ? [] : this.#plan.mirrors.filter((mirror) => mirror.next())
    if (hasBody(this.#exchange.request)) this.#body = this.#takeBody(mirrors)
    else for (const mirror of mirrors) sendMirror(mirror, this.#upstream, null)
    this.#try(null)
  }

  #takeBody(mirrors: readonly Mirror[]): RequestBody {
    const copyTo = (body: Buffer): void => {
      for (const mirror of mirrors) if (this.#upstream) sendMirror(mirror, this.#upstream, body)
    }
    const { request, held } = this.#exchange
    const body = new RequestBody(held === null ? request : Readable.from([held]), {
      limit: this.#plan.rule.bodyLimitBytes ?? Number.POSITIVE_INFINITY,
      onTooLarge: () => this.#tooLarge(),
      copy: mirrors.length === 0 ? null : copyTo,
    })
    body.on('error', () => {}) // whoever sends it hears of it, too, and tells the attempt
    return body
  }

  #try(not: Endpoint | null): void {
    const pick = pickEndpoint(this.#choice.backend, performance.now(), not)
    if (pick.kind === 'none') return void this.#end(503, 'connection', pick.reason)
    this.attempts++
    const { endpoint } = pick
    this.endpoint = `${endpoint.host}:${endpoint.port}`
    const { timeouts } = this.#plan.rule
    const attempt = new Attempt(this.#choice.backend, endpoint, this, timeouts.backendRequestMs)
    this.#attempt = attempt
    if (this.#upstream === null) return
    if (this.#exchange.upgrade) {
      this.#tunnel = openTunnel(this.#exchange, this.#upstream, attempt, this.#exchange.upgrade)
      return
    }
    const { method, path, headers, events } = this.#upstream
    attempt.begin({
      method,
      path,
      headers,
      body: this.#body,
      headersTimeoutMs: timeouts.backendRequestMs > 0 || events ? 0 : untilHeadersMs,
      idleTimeoutMs: events ? 0 : timeouts.idleMs,
    })
  }

  answered(attempt: Attempt, status: number, headers: readonly string[]): boolean {
    const { retry } = this.#plan.rule
    if (retry.codes.includes(status) && this.#mayRetry()) {
      attempt.settle(true)
      this.#again(attempt)
      return false
    }
    this.#status = status
    try {
      this.#respond(status, headers)
    } catch (error) {
      attempt.settle(true)
      this.#end(502, 'connection', `answer cannot be passed on (${codeOf(error)})`)
      return false
    }
    return true
  }

  #respond(status: number, headers: readonly string[]): void {
    const { response, request, added, shared } = this.#exchange
    const { responseHeaders, rule } = this.#plan
    let flat = answeredOn(headers)
    if (responseHeaders) flat = changeHeaders(flat, responseHeaders)
    if (added.length > 0) flat.push(...added)
    const coding = rule.compression ? codingFor(request.headers, request.method ?? '', status, flat) : null
    if (coding !== null) flat = encodedHeaders(flat, coding)
    if (shared.leaving()) lastOfConnection(response)
    if (this.#body !== null && !request.complete) lastOfConnection(response)
    sendHead(response, status, flat)
    this.#sink = response
    if (coding !== null) {
      const compressor = createCompressor(coding)
      compressor.pipe(response)
      compressor.on('error', () => cutOff(response))
      this.#sink = compressor
      return
    }
    const length = flatValue(flat, 'content-length')
    if (length !== undefined) this.#wholeLength = Number(length)
    else if (request.method !== 'HEAD' && 'flushHeaders' in response) response.flushHeaders() // a stream may be silent for long
  }

  body(attempt: Attempt, chunk: Buffer): void {
    const sink = this.#sink
    if (sink === null) return
    if (this.#wholeLength === chunk.length) {
      this.#sink = null
      if (chunk.length > asTextAtMost) sink.end(Buffer.from(chunk))
      else sink.end(chunk.toString('latin1'), 'latin1')
      return
    }
    this.#wholeLength = null
    if (sink.write(Buffer.from(chunk))) return
    attempt.pause()
    sink.once('drain', () => attempt.resume())
  }

  done(attempt: Attempt, trailers: readonly string[]): void {
    const failed = this.#status >= 500
    attempt.settle(failed)
    const { response } = this.#exchange
    if (this.#wholeLength === null) setTrailers(response, trailers)
    this.#sink?.end()
    this.#exchange.complete(this.#status, failed ? 'upstream5xx' : 'answered', null)
  }

  failed(attempt: Attempt, { fault, message }: UpstreamError): void {
    if (fault === 'unsendable') {
      attempt.settle(null)
      return void this.#end(400, 'answered', 'request cannot be passed on')
    }
    attempt.settle(true)
    const late = fault === 'timeout' || fault === 'connect timeout'
    const ending = late ? 'timeout' : 'connection'
    if (this.#status > 0) return void this.#cut(ending, `cut off: ${message}`)
    if (fault !== 'timeout' && this.#mayRetry()) return void this.#again(attempt)
    this.#end(fault === 'timeout' ? 504 : 502, ending, `${ending}: ${message}`)
  }

  /** Nothing may have been sent that has an effect twice, and only a fifth of the traffic may be repetition. */
  #mayRetry(): boolean {
    const { rule, budget } = this.#plan
    if (this.attempts > rule.retry.attempts || this.#exchange.upgrade !== null || this.#exchange.over) return false
    const untouched = this.#body === null ? repeatable.has(this.#exchange.request.method ?? '') : !this.#body.started
    return untouched && budget.take()
  }

  #again(attempt: Attempt): void {
    this.#choice.counter.retried()
    const { backoffMs } = this.#plan.rule.retry
    const wait = backoffMs * 2 ** (this.attempts - 1)
    if (wait === 0) return void this.#try(attempt.endpoint)
    this.#backoff = setTimeout(() => this.#try(attempt.endpoint), wait)
  }

  #tooLate(): void {
    this.#attempt?.settle(true)
    this.#attempt?.abandon()
    if (this.#status > 0) this.#cut('timeout', 'cut off: request timeout')
    else this.#end(504, 'timeout', 'timeout: request')
  }

  #tooLarge(): void {
    this.#attempt?.abandon()
    if (this.#status > 0) return void this.#cut('answered', 'cut off: body too large')
    lastOfConnection(this.#exchange.response)
    this.#end(413, 'answered', 'body too large')
  }

  #end(status: number, ending: Ending, reason: string): void {
    const { response } = this.#exchange
    if (response.headersSent) return void this.#cut(ending, reason)
    if (this.#exchange.over) return
    this.#exchange.refuseFor(status, ending, reason)
  }

  #cut(ending: Ending, reason: string): void {
    this.#exchange.complete(this.#status, ending, reason)
    cutOff(this.#exchange.response)
  }

  /** The client is gone. */
  abandon(): void {
    this.#attempt?.abandon()
    this.#tunnel?.close()
  }

  /** @returns the counter of its backend, once nothing is in flight any more. */
  finish(): Counter {
    if (this.#deadline) clearTimeout(this.#deadline)
    if (this.#backoff) clearTimeout(this.#backoff)
    this.#body?.destroy()
    this.#choice.counter.inFlight--
    this.#choice.backend.inFlight--
    return this.#choice.counter
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'closed'
