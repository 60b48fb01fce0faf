import { TLSSocket } from 'node:tls'
import type { AuthResult, Caller } from './authenticator.ts'
import { type ClientRequest, type ClientResponse, hasBody, isHttp2, lastOfConnection, sendHead } from './client-side.ts'
import { allowedOrigin, corsHeaders, isPreflight, preflightHeaders } from './cors.ts'
import type { Ending } from './counters.ts'
import { whoCame } from './forwarded.ts'
import { firstAtHost } from './hostnames.ts'
import type { Ongoing, Upgrade } from './ongoing.ts'
import { locationOf } from './paths.ts'
import { phraseOf } from './phrases.ts'
import type { Portal } from './portal.ts'
import { Proxying } from './proxying.ts'
import { checkRequest } from './request-check.ts'
import { cookieOf, headerText } from './request-fields.ts'
import { changeHeaders, hostFields } from './request-headers.ts'
import { readHost, readTarget } from './request-target.ts'
import type { Found } from './route-table.ts'
import type { Choice, RulePlan } from './rule-plan.ts'
import type { Door, Shared, Site } from './site.ts'
import { type Trace, traceOf } from './trace-context.ts'

/** One request from its first byte to the last of its answer: found a route, let in, sent on, told of. */
export class Exchange implements Ongoing {
  readonly request: ClientRequest
  readonly response: ClientResponse
  readonly shared: Shared
  readonly site: Site
  readonly upgrade: Upgrade | null
  readonly startedAt = performance.now()
  readonly trace: Trace
  host = ''
  /** The Host field as it came, with its port. */
  authority = ''
  path = ''
  query = ''
  peer: string
  client: string
  trusted = false
  found: Found<RulePlan> | null = null
  caller: Caller | null = null
  /** The body where it was read before it is sent on. */
  held: Buffer | null = null
  /** Fields the gateway adds to whatever answer there is. */
  added: string[] = []
  #proxying: Proxying | null = null
  #over = false

  constructor(
    request: ClientRequest,
    response: ClientResponse,
    site: Site,
    shared: Shared,
    peer: string,
    upgrade: Upgrade | null,
  ) {
    this.request = request
    this.response = response
    this.site = site
    this.shared = shared
    this.upgrade = upgrade
    this.peer = peer
    this.client = peer
    this.trace = traceOf(request.headers.traceparent)
  }

  begin(): void {
    this.response.on('close', () => this.#left())
    this.response.on('error', () => this.#left())
    if (this.shared.leaving()) lastOfConnection(this.response)
    if (this.request.rawHeaders.length > this.site.maxHeaders * 2)
      return void this.refuse(431, 'too many header fields')
    const wrong = this.#read()
    if (wrong !== null) return void this.refuse(400, wrong)
    const door = firstAtHost(this.site.doors, this.host, (each) => each)
    if (door === null) return void this.refuse(404, 'no listener for this host')
    if (!this.#throughItsDoor(door)) return void this.refuse(421, 'this host needs a connection of its own')
    const came = whoCame(this.peer, headerText(this.request.headers['x-forwarded-for']), door.trust)
    this.client = came.client
    this.trusted = came.trusted
    const { host, path, query } = this
    this.found = door.table({
      host,
      path,
      query,
      method: this.request.method ?? '',
      headers: () => this.request.headers,
    })
    if (this.found === null) return void this.refuse(404, 'no route')
    this.#admit(this.found.target)
  }

  /** @returns why the request is not to be understood, or null. */
  #read(): string | null {
    const { request } = this
    const target = readTarget(request.url ?? '')
    if (target === null) return 'request target not understood'
    const named = request.headers[':authority']
    const header = request.headers.host
    if (!isHttp2(request) && hostFields(request.rawHeaders) > 1) return 'more than one Host field'
    if (typeof named === 'string' && header !== undefined && named !== header) return 'Host and :authority differ'
    this.authority = (typeof named === 'string' ? named : header) ?? ''
    if (target.authority !== null && target.authority !== this.authority.toLowerCase())
      return 'Host and request target differ'
    const host = readHost(this.authority)
    if (host === null) return 'Host not understood'
    this.host = host
    this.path = target.path
    this.query = target.query
    return null
  }

  /** A certificate was verified for the name in the handshake; a door that asks for one takes no request meant for another. */
  #throughItsDoor(door: Door): boolean {
    if (door.config.clientCertificate === 'none') return true
    const { socket } = this.request
    if (!(socket instanceof TLSSocket)) return false
    const asked = typeof socket.servername === 'string' ? socket.servername.toLowerCase() : this.host
    if (firstAtHost(this.site.doors, asked, (each) => each) !== door) return false
    return door.config.clientCertificate === 'optional' || socket.authorized
  }

  #admit(plan: RulePlan): void {
    const { cors, rule } = plan
    const origin = cors && allowedOrigin(cors, this.request.headers)
    if (cors && isPreflight(this.request.method ?? '', this.request.headers))
      return void this.answer(
        204,
        origin === null ? [] : preflightHeaders(cors, origin, this.request.headers),
        '',
        'preflight',
      )
    if (cors && origin !== null) this.added = corsHeaders(cors, origin)
    if (!rule.auth) return void this.#meter(plan)
    const result = this.site.authenticate(rule.auth, {
      headers: this.request.headers,
      certificateSubject: this.#certificateSubject(),
    })
    if (result instanceof Promise) void result.then((each) => this.#authenticated(plan, each))
    else this.#authenticated(plan, result)
  }

  #certificateSubject(): string | null {
    const { socket } = this.request
    if (!(socket instanceof TLSSocket) || !socket.authorized) return null
    const name: unknown = socket.getPeerCertificate().subject?.CN
    return typeof name === 'string' ? name : null
  }

  #authenticated(plan: RulePlan, result: AuthResult): void {
    if (this.#over) return
    if (result.kind === 'refused')
      return void this.refuse(
        result.status,
        result.reason,
        result.challenge === null ? [] : ['www-authenticate', result.challenge],
      )
    this.caller = result.caller
    this.#meter(plan)
  }

  #meter(plan: RulePlan): void {
    const { rateLimit } = plan.rule
    if (!rateLimit) return void this.#forward(plan)
    const who = rateLimit.per === 'ip' ? this.client : rateLimit.per === 'consumer' ? (this.caller?.subject ?? '') : ''
    this.shared.limit(
      `${plan.route}\n${rateLimit.per}\n${who}`,
      rateLimit.requests,
      rateLimit.windowMs,
      ({ allowed, remaining, retryAfterMs }) => {
        if (this.#over) return
        this.added.push('ratelimit-limit', String(rateLimit.requests), 'ratelimit-remaining', String(remaining))
        if (allowed) this.#forward(plan)
        else this.refuse(429, 'rate limit', ['retry-after', String(Math.ceil(retryAfterMs / 1_000))])
      },
    )
  }

  #forward(plan: RulePlan): void {
    const length = Number(this.request.headers['content-length'] ?? 0)
    if (length > (plan.rule.bodyLimitBytes ?? Number.POSITIVE_INFINITY)) return void this.refuse(413, 'body too large')
    if (plan.portal) return void this.#serve(plan.portal)
    if (plan.redirect) return void this.#redirect(plan, plan.redirect)
    const found = plan.definition?.(this.request.method ?? '', this.path) ?? null
    if (found === null) this.#send(plan)
    else checkRequest(this, plan, found, () => this.#send(plan))
  }

  #send(plan: RulePlan): void {
    if (this.#over) return // the client went away while its body was looked at
    const choice = this.#choose(plan)
    if (choice === null) return void this.refuse(500, 'no backend takes a share')
    this.#proxying = new Proxying(this, plan, choice)
    this.#proxying.begin()
  }

  #serve(portal: Portal): void {
    const { request, path } = this
    const asked = { method: request.method ?? '', path, query: this.query, headers: request.headers }
    void portal(asked).then(
      ({ status, headers, body }) => this.answerWith(status, headers, body, 'documentation'),
      () => this.refuse(500, 'documentation could not be read'),
    )
  }

  #redirect(plan: RulePlan, redirect: NonNullable<RulePlan['redirect']>): void {
    const { host, path, query } = this
    const { scheme, port } = this.site
    const location = locationOf(redirect, { scheme, host, port, path, query, prefix: this.found?.prefix ?? path })
    const flat = plan.responseHeaders
      ? changeHeaders(['location', location], plan.responseHeaders)
      : ['location', location]
    this.answer(redirect.status, flat, '', 'redirect')
  }

  #choose({ override, rule, split }: RulePlan): Choice | null {
    const { headers } = this.request
    if (override && headers[override.header] === override.value) return override.choice
    if (!rule.sticky) return split.next()
    const { kind, name } = rule.sticky
    const key = kind === 'header' ? headerText(headers[name.toLowerCase()]) : cookieOf(headers.cookie, name)
    if (key !== undefined && key !== '') return split.of(key)
    if (kind === 'header') return split.next()
    const fresh = split.newKey()
    const secure = this.site.scheme === 'https' ? '; Secure' : ''
    this.added.push('set-cookie', `${name}=${fresh}; Path=/; HttpOnly; SameSite=Lax${secure}`)
    return split.of(fresh)
  }

  refuse(status: number, reason: string, flat: string[] = []): void {
    this.answer(status, flat, `${status} ${phraseOf(status)}\n`, reason)
  }

  /** Answers in place of a backend that failed. */
  refuseFor(status: number, ending: Ending, reason: string): void {
    this.answer(status, [], `${status} ${phraseOf(status)}\n`, reason, ending)
  }

  /** An answer of the gateway's own. */
  answer(status: number, flat: readonly string[], text: string, reason: string, ending: Ending = 'answered'): void {
    const type = text === '' ? [] : ['content-type', 'text/plain; charset=utf-8']
    this.answerWith(status, [...flat, ...type], Buffer.from(text), reason, ending)
  }

  answerWith(status: number, flat: readonly string[], body: Buffer, reason: string, ending: Ending = 'answered'): void {
    if (this.#over) return
    const { response, request } = this
    if (hasBody(request) && !request.complete) lastOfConnection(response)
    const head = [...flat, ...this.added]
    if (status !== 204 && status !== 304) head.push('content-length', String(body.length))
    if (this.upgrade) this.attachSocket(this.upgrade)
    sendHead(response, status, head)
    if (request.method === 'HEAD') response.end()
    else response.end(body)
    this.complete(status, ending, reason)
  }

  /** An upgrade that is answered as an ordinary request after all. */
  attachSocket({ socket }: Upgrade): void {
    if (isHttp2(this.request) || !('assignSocket' in this.response)) return
    lastOfConnection(this.response)
    this.response.assignSocket(this.request.socket)
    this.response.on('finish', () => socket.end())
  }

  get over(): boolean {
    return this.#over
  }

  /** Tells of the request, once. */
  complete(status: number, ending: Ending, reason: string | null): void {
    if (this.#over) return
    this.#over = true
    const durationMs = performance.now() - this.startedAt
    const proxying = this.#proxying
    const counter = proxying?.finish() ?? this.found?.target.own ?? this.shared.unrouted
    counter.record(status, durationMs, ending)
    this.shared.log.add({
      atMs: Date.now() - durationMs,
      route: this.found?.target.route ?? null,
      backend: counter.backend,
      endpoint: proxying?.endpoint ?? null,
      method: this.request.method ?? '',
      host: this.host,
      path: this.path,
      status,
      durationMs,
      client: this.client,
      consumer: this.caller?.consumer ?? null,
      protocol: this.request.httpVersion,
      attempts: proxying?.attempts ?? 0,
      traceId: this.trace.traceId,
      reason,
    })
  }

  #left(): void {
    if (this.#over) return
    this.#proxying?.abandon()
    this.complete(this.response.headersSent ? this.response.statusCode : 499, 'clientAbort', 'client went away')
  }
}
