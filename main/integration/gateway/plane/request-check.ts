import { bodyFault, bodyVerdict, missingBody } from '../definition/body-check.ts'
import type { FoundOperation } from '../definition/definition.ts'
import { parameterFaults, type RequestFault } from '../definition/request-faults.ts'
import { hasBody } from './client-side.ts'
import type { Ending } from './counters.ts'
import type { Ongoing } from './ongoing.ts'
import { headerText } from './request-fields.ts'
import type { RulePlan } from './rule-plan.ts'

type Checked = Ongoing & {
  held: Buffer | null
  answerWith(status: number, flat: readonly string[], body: Buffer, reason: string, ending?: Ending): void
}

/** Bodies are kept whole while they are checked, so that there is always a limit. */
const heldUnlessSaid = 1_048_576
const heldAtMost = 16_777_216

const titles: Readonly<Record<number, string>> = {
  400: 'The request is not as the API describes it.',
  413: 'The body is larger than the gateway takes.',
  415: 'The API does not take such a body.',
}

/** Looks at a request before anything of it is sent on: goes on with `send`, or answers it (RFC 9457). */
export function checkRequest(exchange: Checked, { rule }: RulePlan, found: FoundOperation, send: () => void): void {
  const { request, query } = exchange
  const header = (name: string): string | undefined => headerText(request.headers[name])
  const faults = parameterFaults(found, { query, header })
  const { body } = found.check
  const given = { has: hasBody(request), type: header('content-type'), encoding: header('content-encoding') }
  const verdict = body === null ? { kind: 'pass' as const } : bodyVerdict(body, given)
  if (verdict.kind === 'unsupported')
    return void refuse(exchange, 415, [{ in: 'body', pointer: '#', detail: verdict.detail }])
  if (verdict.kind === 'missing') faults.push(missingBody)
  if (faults.length > 0 || verdict.kind === 'missing') return void refuse(exchange, 400, faults)
  if (verdict.kind === 'pass') return void send()
  const limit = Math.min(rule.bodyLimitBytes ?? heldUnlessSaid, heldAtMost)
  hold(exchange, limit, (held) => {
    if (held === null) {
      const detail = `It has more than ${limit} bytes.`
      return void refuse(exchange, 413, [{ in: 'body', pointer: '#', detail }])
    }
    const fault = bodyFault(held, verdict.validate)
    if (fault !== null) return void refuse(exchange, 400, [fault])
    exchange.held = held
    send()
  })
}

/** The whole body; null as soon as it is too large. Nothing is told where the client goes away. */
function hold({ request, over }: Checked, limit: number, held: (body: Buffer | null) => void): void {
  if (over) return
  if (Number(request.headers['content-length'] ?? 0) > limit) return void held(null)
  const chunks: Buffer[] = []
  let bytes = 0
  const take = (chunk: Buffer): void => {
    bytes += chunk.length
    chunks.push(chunk)
    if (bytes <= limit) return
    request.off('data', take).off('end', end)
    request.resume()
    held(null)
  }
  const end = (): void => held(Buffer.concat(chunks))
  request.on('data', take).on('end', end)
}

function refuse(exchange: Checked, status: number, errors: readonly RequestFault[]): void {
  const problem = { type: 'about:blank', title: titles[status], status, errors }
  // What a client sent is in it: it must not become markup, whatever somebody makes of it.
  const text = JSON.stringify(problem).replaceAll('<', '\\u003c')
  const flat = ['content-type', 'application/problem+json', 'x-content-type-options', 'nosniff']
  exchange.answerWith(status, flat, Buffer.from(text), reasons[status] ?? 'not as described', 'invalid')
}

const reasons: Readonly<Record<number, string>> = {
  400: 'request not as described',
  413: 'body too large to check',
  415: 'body type not described',
}
