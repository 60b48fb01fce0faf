import type { Endpoint } from '#main/engines/http/endpoint.ts'
import { secretsOf } from '#main/engines/http/endpoint.ts'
import { createPoster, parsePostUrl } from '#main/engines/http/post.ts'
import { cleanText } from '#main/engines/http/server-text.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import { deliveryOf } from './http-delivery.ts'
import { logsRequest, partialSuccess } from './otlp-logs.ts'
import type { Delivery, Target } from './target.ts'

const type = 'application/x-protobuf'

/**
 * OTLP logs over HTTP (opentelemetry.io, OTLP 1.x, OTLP/HTTP). An address without a path gets `/v1/logs`. A collector that
 * rejects some records of a batch for good is believed, as the specification demands: they are not sent again.
 */
export function otlpTarget(endpoint: Endpoint, instance: string, clock: Clock): Target {
  const poster = createPoster({ ...endpoint, url: logsUrl(endpoint.url) }, {})
  return {
    async deliver(entries, signal): Promise<Delivery> {
      const body = logsRequest(entries, instance, clock.now())
      const answer = await poster.post({ type, accept: type, body, signal })
      const delivery = deliveryOf(poster, answer, clock.now())
      const partial = delivery.kind === 'taken' ? partialSuccess(answer.bytes) : null
      return partial === null ? delivery : { kind: 'taken', warning: rejectedSome(endpoint, partial) }
    },
    close: poster.close,
  }
}

function logsUrl(address: string): string {
  const url = parsePostUrl(address)
  if (url.pathname === '/') url.pathname = '/v1/logs'
  return url.href
}

function rejectedSome(endpoint: Endpoint, { rejected, reason }: { rejected: number; reason: string }): AppError {
  const said = cleanText(reason, secretsOf(endpoint))
  return new AppError(
    'refused',
    `${endpoint.name} did not accept ${rejected} of the entries${said ? `: ${said}` : '.'}`,
    {
      hint: 'They are not sent again. Look at the limits of the collector; the entries stay in the log here.',
    },
  )
}
