import { z } from 'zod'
import { secret } from '#preload/contract/define.ts'

const status = z.int().min(100).max(599)

const endpoint = z.strictObject({
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535),
  weight: z.int().min(0).max(1_000_000).default(1),
})

const tls = z.strictObject({
  /** Authorities the upstream's certificate must come from; those of the system unless given. */
  authorities: z.array(z.string().max(64_000)).max(20).default([]),
  /** Name asked for (SNI) and verified; the endpoint's host unless given. */
  serverName: z.string().max(253).optional(),
  clientCertificate: z.strictObject({ certificate: z.string().max(64_000), privateKey: secret() }).optional(),
})

/** A pool of endpoints that serve the same. */
export const backend = z.strictObject({
  name: z.string().min(1).max(253),
  endpoints: z.array(endpoint).max(1_000),
  /** `h2c` is HTTP/2 without TLS, as gRPC servers speak it; `h2` is HTTP/2 over TLS. */
  protocol: z.enum(['http1', 'h2c', 'https', 'h2']).default('http1'),
  tls: tls.optional(),
  healthCheck: z
    .strictObject({
      path: z.string().startsWith('/').max(2_000),
      intervalMs: z.int().min(50).max(3_600_000).default(5_000),
      timeoutMs: z.int().min(10).max(600_000).default(2_000),
      healthyAfter: z.int().min(1).max(100).default(2),
      unhealthyAfter: z.int().min(1).max(100).default(3),
      /** Answers that count as healthy; any 2xx or 3xx unless given. */
      statuses: z.array(status).max(50).optional(),
    })
    .optional(),
  /** Takes an endpoint out for a while after failures in a row of real requests. */
  passive: z
    .strictObject({
      consecutiveFailures: z.int().min(1).max(10_000),
      ejectMs: z.int().min(10).max(3_600_000),
    })
    .optional(),
  /** Opens for the whole backend when too many of the last ten seconds' requests failed; then lets one through. */
  circuit: z
    .strictObject({
      errorRate: z.number().min(0).max(1),
      minimumRequests: z.int().min(1).max(1_000_000),
      openMs: z.int().min(10).max(3_600_000),
    })
    .optional(),
  connectTimeoutMs: z.int().min(10).max(120_000).default(5_000),
  /** Connections to each endpoint from each worker. */
  maxConnections: z.int().min(1).max(100_000).default(1_024),
})
