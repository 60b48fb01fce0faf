import { pickEndpoint } from './backends.ts'
import type { Mirror } from './rule-plan.ts'
import type { UpstreamRequest } from './upstream-request.ts'

const untilHeadersMs = 10_000

/** Sends a copy and forgets it: whatever becomes of it, the client never notices (HTTPRequestMirrorFilter). */
export function sendMirror({ backend }: Mirror, { method, path, headers }: UpstreamRequest, body: Buffer | null): void {
  const pick = pickEndpoint(backend, performance.now(), null)
  if (pick.kind === 'none') return
  const { endpoint } = pick
  backend.inFlight++
  endpoint.inFlight++
  const over = (): void => {
    backend.inFlight--
    endpoint.inFlight--
    backend.circuit?.forget()
  }
  try {
    endpoint.client.send(
      { method, path, headers, body, headersTimeoutMs: untilHeadersMs, idleTimeoutMs: untilHeadersMs },
      { head() {}, body() {}, end: over, failed: over },
    )
  } catch {
    over() // the request itself is told of
  }
}
