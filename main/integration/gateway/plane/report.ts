/** What the data plane tells about itself. Times are ISO 8601 in UTC, durations milliseconds. */

/** Quantiles are right within 4 %: they come from buckets whose bounds are 8 % apart. */
export type Latency = {
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** Failures of the backend's side. A client that goes away is counted apart, in `clientAborts`. */
export type Failures = { readonly upstream5xx: number; readonly connection: number; readonly timeout: number }

export type Totals = Latency & {
  readonly requests: number
  readonly responses: Readonly<Record<'1xx' | '2xx' | '3xx' | '4xx' | '5xx', number>>
  readonly failures: Failures
  readonly clientAborts: number
  /** Requests that were not as their definition says. */
  readonly invalid: number
  readonly retries: number
  readonly inFlight: number
}

/** One second. `errors` are all `failures`. */
export type Window = Latency & { readonly at: string; readonly requests: number; readonly errors: number }

/** `backend` is null for requests that the gateway answered itself (redirects, 401, 404, 429). */
export type RouteMeasurement = {
  readonly route: string
  readonly backend: string | null
  /** Since the primary started. */
  readonly totals: Totals
  /** All windows below as one. */
  readonly interval: Latency & { readonly requests: number; readonly errors: number }
  /** Seconds in which something happened, of the last 15 minutes and not before `since`. */
  readonly windows: readonly Window[]
}

export type EndpointStatus = {
  readonly host: string
  readonly port: number
  readonly health: 'healthy' | 'unhealthy' | 'unknown'
  readonly why: string | null
  readonly since: string
  readonly inFlight: number
  /** Workers that have taken it out after failures in a row. */
  readonly ejectedBy: number
}

export type BackendStatus = {
  readonly backend: string
  readonly inFlight: number
  /** The worst of all workers. */
  readonly circuit: 'closed' | 'half_open' | 'open'
  readonly endpoints: readonly EndpointStatus[]
}

export type Listening = {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Why nobody is answered there, as a sentence; null where it is open. It is tried again. */
  readonly refusal: string | null
}

export type PlaneStatus = {
  readonly revision: number
  readonly listeners: readonly Listening[]
  readonly workers: readonly { readonly pid: number; readonly startedAt: string; readonly connections: number }[]
  readonly backends: readonly BackendStatus[]
}

export type AccessEntry = {
  readonly at: string
  readonly route: string | null
  readonly backend: string | null
  readonly endpoint: string | null
  readonly method: string
  readonly host: string
  readonly path: string
  readonly status: number
  readonly durationMs: number
  readonly client: string
  readonly consumer: string | null
  readonly protocol: string
  readonly attempts: number
  readonly traceId: string
  /** Why the gateway itself answered, or cut the answer off. */
  readonly reason: string | null
}
