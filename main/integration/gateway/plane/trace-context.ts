import { randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(24 * 256)
let used = pool.length

/** Random bytes as hexadecimal; taken from a pool, because asking for few at a time costs more than making them. */
function hex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}

const pattern = /^(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/

export type Trace = {
  readonly traceId: string
  /** What goes upstream. */
  readonly traceparent: string
  /** Whether the client's trace goes on, and with it its `tracestate`. */
  readonly continued: boolean
}

/** W3C Trace Context, level 1 (§3.2): goes on with the client's trace under a new parent, or starts one. */
export function traceOf(header: string | string[] | undefined): Trace {
  const [, traceId, flags] = typeof header === 'string' ? (pattern.exec(header) ?? []) : []
  if (traceId !== undefined && flags !== undefined)
    return { traceId, traceparent: `00-${traceId}-${hex(8)}-${flags}`, continued: true }
  const fresh = hex(16)
  return { traceId: fresh, traceparent: `00-${fresh}-${hex(8)}-00`, continued: false }
}
