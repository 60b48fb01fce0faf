import type { Backend } from './backends.ts'
import { pushForwarded } from './forwarded.ts'
import type { Ongoing } from './ongoing.ts'
import { changePath } from './paths.ts'
import { changeHeaders, passedOn } from './request-headers.ts'
import type { RulePlan } from './rule-plan.ts'

/** A request as it goes upstream. */
export type UpstreamRequest = {
  readonly method: string
  readonly path: string
  /** Flat names and values, with Host. */
  readonly headers: string[]
  /** Whether the client wants an event stream, which may be silent for as long as it likes. */
  readonly events: boolean
}

export function upstreamRequest(exchange: Ongoing, plan: RulePlan, backend: Backend): UpstreamRequest {
  const { request, trace, caller } = exchange
  const { accept, connection, tracestate, te } = request.headers
  let headers = passedOn(request.rawHeaders, connection, plan.withheld)
  if (plan.requestHeaders) headers = changeHeaders(headers, plan.requestHeaders)
  const before = request.headers
  pushForwarded(headers, {
    peer: exchange.peer,
    trusted: exchange.trusted,
    host: exchange.authority,
    scheme: exchange.site.scheme,
    before,
  })
  headers.push('traceparent', trace.traceparent)
  if (trace.continued && typeof tracestate === 'string') headers.push('tracestate', tracestate)
  if (caller) headers.push('x-consumer-name', caller.consumer ?? '')
  const multiplexed = backend.config.protocol === 'h2c' || backend.config.protocol === 'h2'
  if (multiplexed && te === 'trailers') headers.push('te', 'trailers')
  headers.push('host', plan.rewrite?.hostname ?? exchange.authority)
  const path = changePath(exchange.path, exchange.found?.prefix ?? exchange.path, plan.rewrite?.path)
  return {
    method: request.method ?? 'GET',
    path: path + exchange.query,
    headers,
    events: accept?.includes('text/event-stream') ?? false,
  }
}
