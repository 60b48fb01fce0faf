/** `remaining` after this request; `retryAfterMs` until one would be allowed, 0 when this one is. */
export type LimitDecision = { readonly allowed: boolean; readonly remaining: number; readonly retryAfterMs: number }

type Log = { times: number[]; head: number; windowMs: number }

const mostKeys = 200_000

/**
 * Exact: of any `windowMs` long stretch of time, at most `requests` were allowed. It keeps the instant of each allowed
 * request, so a key costs at most eight bytes times its limit. Times are milliseconds of a clock that never goes back.
 */
export function createSlidingWindow(keysKept = mostKeys) {
  const logs = new Map<string, Log>()
  const take = (key: string, requests: number, windowMs: number, now: number): LimitDecision => {
    const log = logs.get(key) ?? { times: [], head: 0, windowMs }
    log.windowMs = windowMs
    forgetBefore(log, now - windowMs)
    const used = log.times.length - log.head
    if (used >= requests) {
      const frees = log.times[log.times.length - requests] ?? now
      return { allowed: false, remaining: 0, retryAfterMs: Math.max(1, frees + windowMs - now) }
    }
    log.times.push(now)
    if (used === 0) logs.delete(key)
    logs.set(key, log)
    if (logs.size > keysKept) evict(logs, now)
    return { allowed: true, remaining: requests - used - 1, retryAfterMs: 0 }
  }
  return { take, keys: () => logs.size }
}

function forgetBefore(log: Log, oldest: number): void {
  while (log.head < log.times.length && (log.times[log.head] ?? 0) <= oldest) log.head++
  if (log.head > 64 && log.head * 2 > log.times.length) {
    log.times.splice(0, log.head)
    log.head = 0
  }
}

/** Keys are kept in the order of their last first use; an idle one goes, else the oldest, which is forgiven early. */
function evict(logs: Map<string, Log>, now: number): void {
  let oldest: string | null = null
  let looked = 0
  for (const [key, log] of logs) {
    oldest ??= key
    if ((log.times.at(-1) ?? 0) <= now - log.windowMs) return void logs.delete(key)
    if (++looked === 50) break
  }
  if (oldest !== null) logs.delete(oldest)
}
