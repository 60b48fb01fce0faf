import type { Posted, Poster } from '#main/engines/http/post.ts'
import { headerOf, retryAfterSeconds } from '#main/engines/http/status.ts'
import type { Delivery } from './target.ts'

/** Statuses by which a receiver refuses the content of a request, so that repeating it as it is cannot help. */
const rejecting = new Set([400, 413, 422])

/** What an answer of HTTP means for a delivery (RFC 9110 section 15; 410 as CloudEvents' webhooks define it). */
export function deliveryOf(poster: Poster, answer: Posted, nowMs: number): Delivery {
  if (answer.status >= 200 && answer.status < 300) return { kind: 'taken' }
  const error = poster.failure(answer)
  if (answer.status === 410) return { kind: 'gone', error }
  if (rejecting.has(answer.status)) return { kind: 'rejected', error }
  const seconds = retryAfterSeconds(headerOf(answer, 'retry-after'), nowMs)
  return seconds === null ? { kind: 'later', error } : { kind: 'later', error, afterMs: seconds * 1_000 }
}
