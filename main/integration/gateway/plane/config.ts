import { z } from 'zod'
import { secret } from '#preload/contract/define.ts'
import { backend } from './config-backends.ts'
import { consumer, jwtProvider } from './config-consumers.ts'
import { definition } from './config-definitions.ts'
import { route } from './config-routes.ts'

const name = z.string().min(1).max(253)
/** `shop.example`, `*.shop.example` or, for every host, `*`. In lower case, without a port. */
const hostnamePattern = z
  .string()
  .max(253)
  .regex(/^(\*|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$/, 'Expected a host name in lower case, which may begin with *.')

const certificate = z.strictObject({
  /** The chain, leaf first, PEM. */
  certificate: z.string().max(64_000),
  privateKey: secret(),
})

const limits = z.strictObject({
  /** How long the header of a request may take to arrive. */
  headersTimeoutMs: z.int().min(100).max(120_000).default(10_000),
  /** How long a whole request, with its body, may take to arrive. 0: without end. */
  requestTimeoutMs: z.int().min(0).max(3_600_000).default(300_000),
  keepAliveMs: z.int().min(100).max(3_600_000).default(65_000),
  maxHeaders: z.int().min(10).max(2_000).default(100),
  /** Open connections in each worker; more are closed at once. */
  maxConnections: z.int().min(1).max(1_000_000).default(50_000),
})

export const usualLimits = limits.parse({})

const listener = z.strictObject({
  name,
  host: z.string().max(253).default('127.0.0.1'),
  /** 0 takes a free port, which `apply` reports and keeps as long as the listener stays. */
  port: z.int().min(0).max(65_535),
  protocol: z.enum(['http', 'https']),
  hostname: hostnamePattern.default('*'),
  certificates: z.array(certificate).max(100).default([]),
  /** Client certificates are asked for and verified against these authorities. */
  clientAuthorities: z.array(z.string().max(64_000)).max(20).default([]),
  clientCertificate: z.enum(['none', 'optional', 'required']).default('none'),
  /** Every connection must begin with a PROXY protocol header, version 1 or 2; others are closed. */
  acceptProxyProtocol: z.boolean().default(false),
  /** Addresses or CIDR ranges whose Forwarded and X-Forwarded-* headers are believed and appended to. */
  trustedProxies: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .max(200)
    .default([]),
  limits: limits.prefault({}),
})

/** Everything the data plane serves, as plain JSON. Names are unique within their kind and references must exist. */
export const planeConfig = z.strictObject({
  listeners: z.array(listener).max(200),
  routes: z.array(route).max(10_000),
  backends: z.array(backend).max(5_000),
  consumers: z.array(consumer).max(100_000).default([]),
  jwtProviders: z.array(jwtProvider).max(100).default([]),
  definitions: z.array(definition).max(1_000).default([]),
})

/** What a caller writes: fields with a default may be left out. */
export type PlaneConfigInput = z.input<typeof planeConfig>
export type PlaneConfig = z.output<typeof planeConfig>
export type ListenerConfig = PlaneConfig['listeners'][number]
export type RouteConfig = PlaneConfig['routes'][number]
export type RuleConfig = RouteConfig['rules'][number]
export type MatchConfig = RuleConfig['matches'][number]
export type FilterConfig = RuleConfig['filters'][number]
export type BackendConfig = PlaneConfig['backends'][number]
export type ConsumerConfig = PlaneConfig['consumers'][number]
export type JwtProviderConfig = PlaneConfig['jwtProviders'][number]
export type DefinitionConfig = PlaneConfig['definitions'][number]
