import { z } from 'zod'
import { portal } from './config-definitions.ts'

const name = z.string().min(1).max(253)
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'Expected the name of a header.')
  .max(256)
const headerValue = z
  .string()
  .max(4_096)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'A header value has no control characters.')
const path = z.string().startsWith('/').max(1_024)
const status = z.int().min(400).max(599)
const hostname = z
  .string()
  .max(253)
  .regex(/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'Expected a host name in lower case, which may begin with *.')

const valueMatch = <T extends z.ZodString>(key: T) =>
  z.strictObject({ name: key, kind: z.enum(['exact', 'regex']).default('exact'), value: z.string().max(4_096) })

const match = z.strictObject({
  path: z
    .strictObject({ kind: z.enum(['exact', 'prefix', 'regex']), value: z.string().min(1).max(1_024) })
    .default({ kind: 'prefix', value: '/' }),
  headers: z.array(valueMatch(headerName)).max(16).default([]),
  query: z
    .array(valueMatch(z.string().min(1).max(256)))
    .max(16)
    .default([]),
  method: z
    .string()
    .regex(/^[A-Z]{1,16}$/, 'Expected a method in upper case.')
    .optional(),
})

const headerChange = {
  set: z
    .array(z.strictObject({ name: headerName, value: headerValue }))
    .max(64)
    .default([]),
  add: z
    .array(z.strictObject({ name: headerName, value: headerValue }))
    .max(64)
    .default([]),
  remove: z.array(headerName).max(64).default([]),
}
const pathChange = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('full'), value: path }),
  z.strictObject({
    kind: z.literal('prefix'),
    value: z
      .string()
      .max(1_024)
      .regex(/^(\/.*)?$/, 'A path begins with /.'),
  }),
])

const filter = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('requestHeaders'), ...headerChange }),
  z.strictObject({ kind: z.literal('responseHeaders'), ...headerChange }),
  z.strictObject({ kind: z.literal('rewrite'), hostname: hostname.optional(), path: pathChange.optional() }),
  z.strictObject({
    kind: z.literal('redirect'),
    scheme: z.enum(['http', 'https']).optional(),
    hostname: hostname.optional(),
    port: z.int().min(1).max(65_535).optional(),
    path: pathChange.optional(),
    status: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]).default(302),
  }),
  z.strictObject({ kind: z.literal('mirror'), backend: name, percent: z.number().min(0).max(100).default(100) }),
  z.strictObject({
    kind: z.literal('cors'),
    /** `https://shop.example`, `https://*.example` or `*`. */
    allowOrigins: z.array(z.string().max(512)).min(1).max(64),
    allowMethods: z.array(z.string().max(32)).max(32).default(['GET', 'HEAD', 'POST']),
    allowHeaders: z.array(z.string().max(256)).max(64).default([]),
    exposeHeaders: z.array(z.string().max(256)).max(64).default([]),
    allowCredentials: z.boolean().default(false),
    maxAgeSeconds: z.int().min(0).max(86_400).default(5),
  }),
])

const scheme = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('apiKey'), header: headerName.default('x-api-key') }),
  z.strictObject({ kind: z.literal('basic') }),
  z.strictObject({ kind: z.literal('jwt'), provider: name }),
  z.strictObject({ kind: z.literal('mtls') }),
])

const rule = z.strictObject({
  matches: z.array(match).max(64).default([]),
  filters: z.array(filter).max(16).default([]),
  timeouts: z
    .strictObject({
      /** From the first byte of the request to the last of the answer. 0: without end. */
      requestMs: z.int().min(0).max(3_600_000).default(0),
      /** The same, for each attempt at a backend. */
      backendRequestMs: z.int().min(0).max(3_600_000).default(0),
      /** Silence in the middle of an answer. */
      idleMs: z.int().min(0).max(3_600_000).default(300_000),
    })
    .prefault({}),
  /** Further attempts at requests that are safe to repeat; a failed connection is tried once more unless this says 0. */
  retry: z
    .strictObject({
      attempts: z.int().min(0).max(10).default(1),
      codes: z.array(status).max(20).default([]),
      backoffMs: z.int().min(0).max(60_000).default(0),
    })
    .prefault({}),
  backends: z
    .array(z.strictObject({ backend: name, weight: z.int().min(0).max(1_000_000).default(1) }))
    .max(16)
    .default([]),
  /** Keeps a client at the backend it first met. */
  sticky: z.strictObject({ kind: z.enum(['header', 'cookie']), name: headerName }).optional(),
  /** Sends requests with this header to this backend, whatever the weights say. */
  headerOverride: z.strictObject({ header: headerName, value: headerValue, backend: name }).optional(),
  auth: z
    .strictObject({
      /** Any of these will do. */
      schemes: z.array(scheme).min(1).max(8),
      /** Only these consumers; everybody who is known unless given. */
      consumers: z.array(name).max(10_000).optional(),
      /** Leaves API keys and passwords in what goes upstream. */
      forwardCredentials: z.boolean().default(false),
    })
    .optional(),
  rateLimit: z
    .strictObject({
      requests: z.int().min(1).max(100_000),
      windowMs: z.int().min(10).max(86_400_000),
      per: z.enum(['consumer', 'route', 'ip']),
    })
    .optional(),
  bodyLimitBytes: z.int().min(0).optional(),
  compression: z.boolean().default(false),
  /** Requests that are not as this definition says are refused. */
  definition: name.optional(),
  /** Serves a page about a definition instead of sending anything on. */
  portal: portal.optional(),
})

/** Which requests of which listeners go where. Of rules that match alike, the one named first wins. */
export const route = z.strictObject({
  name,
  listeners: z.array(name).max(200),
  /** Empty: every host of the listeners. */
  hostnames: z.array(hostname).max(64).default([]),
  rules: z.array(rule).max(64),
})
