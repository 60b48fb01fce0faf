import { createHmac } from 'node:crypto'
import type { Endpoint } from '#main/engines/http/endpoint.ts'
import { createPoster } from '#main/engines/http/post.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { cloudEvents } from './cloud-events.ts'
import { deliveryOf } from './http-delivery.ts'
import type { Target } from './target.ts'

/**
 * CloudEvents batches posted to a webhook, signed with `X-Framework0-Signature: sha256=<HMAC of the body>` (RFC 2104) when
 * there is a secret for it. Any 2xx confirms; 410 turns the forwarder off. The validation handshake of CloudEvents' webhook
 * specification is not made.
 */
export function webhookTarget(
  endpoint: Endpoint,
  signingSecret: string | null,
  instance: string,
  clock: Clock,
): Target {
  const poster = createPoster(endpoint, {})
  return {
    async deliver(entries, signal) {
      const body = Buffer.from(cloudEvents(entries, instance))
      const headers = signingSecret === null ? {} : { 'x-framework0-signature': signatureOf(body, signingSecret) }
      const type = 'application/cloudevents-batch+json; charset=utf-8'
      const answer = await poster.post({ type, accept: '*/*', body, headers, signal })
      return deliveryOf(poster, answer, clock.now())
    },
    close: poster.close,
  }
}

const signatureOf = (body: Buffer, secret: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
