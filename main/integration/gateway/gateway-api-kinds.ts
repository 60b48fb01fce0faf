import { z } from 'zod'
import { planeConfig } from './plane/config.ts'
import { portal } from './plane/config-definitions.ts'

const text = z.string().min(1).max(4_096)
const name = z.string().min(1).max(253)
const port = z.int().min(1).max(65_535)
/** Duration of GEP-2257: `1m30s`, `500ms`, `0s`. */
const duration = z.string().regex(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/, 'Expected a duration such as 10s, 500ms or 1m30s.')

const metadata = z.strictObject({
  name,
  namespace: name.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  creationTimestamp: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.number().optional(),
})
const object = <K extends string, S extends z.ZodType>(group: string, kind: K, spec: S) =>
  z.strictObject({
    apiVersion: z.string().startsWith(`${group}/`),
    kind: z.literal(kind),
    metadata,
    spec,
    /** What a cluster says of the object; it configures nothing. */
    status: z.unknown().optional(),
  })

const secretRef = z.strictObject({
  group: z.string().optional(),
  kind: z.string().optional(),
  name,
  namespace: name.optional(),
})
const backendRef = z.strictObject({
  group: z.string().optional(),
  kind: z.string().optional(),
  name,
  namespace: name.optional(),
  port: port.optional(),
})
const weightedRef = backendRef.extend({ weight: z.int().min(0).max(1_000_000).default(1) })
const parentRef = z.strictObject({
  group: z.string().optional(),
  kind: z.literal('Gateway').optional(),
  name,
  namespace: name.optional(),
  sectionName: name.optional(),
  port: port.optional(),
})

const gateway = z.strictObject({
  gatewayClassName: text,
  addresses: z
    .array(z.strictObject({ type: z.literal('IPAddress').optional(), value: text }))
    .max(1)
    .optional(),
  listeners: z
    .array(
      z.strictObject({
        name,
        hostname: z.string().optional(),
        port,
        protocol: z.enum(['HTTP', 'HTTPS']),
        tls: z
          .strictObject({
            mode: z.literal('Terminate').optional(),
            certificateRefs: z.array(secretRef).min(1).max(64),
            frontendValidation: z.strictObject({ caCertificateRefs: z.array(secretRef).min(1).max(8) }).optional(),
          })
          .optional(),
        allowedRoutes: z
          .strictObject({
            namespaces: z.strictObject({ from: z.enum(['All', 'Same']) }).optional(),
            kinds: z
              .array(z.strictObject({ group: z.string().optional(), kind: z.enum(['HTTPRoute', 'GRPCRoute']) }))
              .optional(),
          })
          .optional(),
      }),
    )
    .min(1)
    .max(64),
})

const pair = z.strictObject({ name: text, value: z.string().max(4_096) })
const modifier = z.strictObject({
  set: z.array(pair).default([]),
  add: z.array(pair).default([]),
  remove: z.array(text).default([]),
})
const pathModifier = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ReplaceFullPath'), replaceFullPath: z.string() }),
  z.strictObject({ type: z.literal('ReplacePrefixMatch'), replacePrefixMatch: z.string() }),
])
const commonFilters = [
  z.strictObject({ type: z.literal('RequestHeaderModifier'), requestHeaderModifier: modifier }),
  z.strictObject({ type: z.literal('ResponseHeaderModifier'), responseHeaderModifier: modifier }),
  z.strictObject({
    type: z.literal('RequestMirror'),
    requestMirror: z.strictObject({
      backendRef,
      percent: z.int().min(0).max(100).optional(),
      fraction: z.strictObject({ numerator: z.int().min(0), denominator: z.int().min(1).default(100) }).optional(),
    }),
  }),
] as const
const filter = z.discriminatedUnion('type', [
  ...commonFilters,
  z.strictObject({
    type: z.literal('RequestRedirect'),
    requestRedirect: z.strictObject({
      scheme: z.enum(['http', 'https']).optional(),
      hostname: text.optional(),
      path: pathModifier.optional(),
      port: port.optional(),
      statusCode: z
        .union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)])
        .default(302),
    }),
  }),
  z.strictObject({
    type: z.literal('URLRewrite'),
    urlRewrite: z.strictObject({ hostname: text.optional(), path: pathModifier.optional() }),
  }),
  z.strictObject({
    type: z.literal('CORS'),
    cors: z.strictObject({
      allowOrigins: z.array(z.string()).min(1).max(64),
      allowCredentials: z.boolean().optional(),
      allowMethods: z.array(z.string()).optional(),
      allowHeaders: z.array(z.string()).optional(),
      exposeHeaders: z.array(z.string()).optional(),
      maxAge: z.int().min(1).optional(),
    }),
  }),
])
const valueMatch = z.strictObject({
  type: z.enum(['Exact', 'RegularExpression']).default('Exact'),
  name: text,
  value: z.string().max(4_096),
})
const sessionPersistence = z.strictObject({ sessionName: text, type: z.enum(['Cookie', 'Header']).default('Cookie') })

const httpRoute = z.strictObject({
  parentRefs: z.array(parentRef).min(1).max(32),
  hostnames: z.array(z.string()).max(16).default([]),
  rules: z
    .array(
      z.strictObject({
        name: name.optional(),
        matches: z
          .array(
            z.strictObject({
              path: z
                .strictObject({
                  type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).default('PathPrefix'),
                  value: z.string().default('/'),
                })
                .optional(),
              headers: z.array(valueMatch).max(16).default([]),
              queryParams: z.array(valueMatch).max(16).default([]),
              method: z.string().optional(),
            }),
          )
          .max(64)
          .default([]),
        filters: z.array(filter).max(16).default([]),
        backendRefs: z.array(weightedRef).max(16).default([]),
        timeouts: z.strictObject({ request: duration.optional(), backendRequest: duration.optional() }).optional(),
        retry: z
          .strictObject({
            codes: z.array(z.int()).optional(),
            attempts: z.int().optional(),
            backoff: duration.optional(),
          })
          .optional(),
        sessionPersistence: sessionPersistence.optional(),
      }),
    )
    .min(1)
    .max(16),
})

const grpcRoute = z.strictObject({
  parentRefs: z.array(parentRef).min(1).max(32),
  hostnames: z.array(z.string()).max(16).default([]),
  rules: z
    .array(
      z.strictObject({
        name: name.optional(),
        matches: z
          .array(
            z.strictObject({
              method: z
                .strictObject({
                  type: z.literal('Exact').default('Exact'),
                  service: text.optional(),
                  method: text.optional(),
                })
                .optional(),
              headers: z.array(valueMatch).max(16).default([]),
            }),
          )
          .max(64)
          .default([]),
        filters: z.array(z.discriminatedUnion('type', commonFilters)).max(16).default([]),
        backendRefs: z.array(weightedRef).max(16).default([]),
        sessionPersistence: sessionPersistence.optional(),
      }),
    )
    .max(16)
    .default([]),
})

const targetRef = z.strictObject({ group: z.string(), kind: z.string(), name, sectionName: name.optional() })
const backendTlsPolicy = z.strictObject({
  targetRefs: z.array(targetRef).min(1).max(16),
  validation: z.strictObject({
    hostname: text,
    caCertificateRefs: z.array(secretRef).max(8).optional(),
    wellKnownCACertificates: z.literal('System').optional(),
  }),
})

const { shape } = planeConfig
const rule = shape.routes.element.shape.rules.element
const jwt = shape.jwtProviders.unwrap().element
const nameless = <T extends z.ZodRawShape>(schema: z.ZodObject<T>) => {
  const { name: _name, ...rest } = schema.shape
  return rest
}
const backendShape = nameless(shape.backends.element)
const backend = z.strictObject({
  ...backendShape,
  tls: backendShape.tls
    .unwrap()
    .extend({
      clientCertificate: z
        .never('A file is read by everybody, so it holds no private key. Name one in clientCertificateRef.')
        .optional(),
      clientCertificateRef: secretRef.optional(),
    })
    .optional(),
})
const routePolicy = z.strictObject({
  targetRefs: z.array(targetRef).min(1).max(64),
  ...rule.pick({ auth: true, rateLimit: true, bodyLimitBytes: true, headerOverride: true }).shape,
  compression: z.boolean().optional(),
})

const listenerPolicy = z.strictObject({
  targetRefs: z
    .array(targetRef.extend({ kind: z.literal('Gateway', 'A ListenerPolicy governs the listeners of a Gateway.') }))
    .min(1)
    .max(64),
  ...shape.listeners.element.pick({ acceptProxyProtocol: true, trustedProxies: true, limits: true }).shape,
})

const apiDefinition = z.strictObject({
  targetRefs: z.array(targetRef).min(1).max(1_000),
  basePath: shape.definitions.unwrap().element.shape.basePath,
  /** Whether requests that are not as the document says are refused. */
  validate: z.boolean().default(true),
  portal: z
    .strictObject({
      path: portal.shape.path,
      /** Those of the targets unless given. */
      hostnames: z.array(z.string()).max(16).optional(),
    })
    .optional(),
  document: z.record(z.string(), z.unknown()),
})

const official = 'gateway.networking.k8s.io'
const own = 'framework0.dev'
/** The kinds we understand, each strict: a field that we would not act on is a problem, never ignored. */
export const gatewayKinds = z.discriminatedUnion('kind', [
  object(official, 'Gateway', gateway),
  object(official, 'HTTPRoute', httpRoute),
  object(official, 'GRPCRoute', grpcRoute),
  object(official, 'BackendTLSPolicy', backendTlsPolicy),
  object(own, 'Backend', backend),
  object(own, 'Consumer', z.strictObject(nameless(shape.consumers.unwrap().element))),
  object(own, 'JWTProvider', z.strictObject(nameless(jwt))),
  object(own, 'RoutePolicy', routePolicy),
  object(own, 'APIDefinition', apiDefinition),
  object(own, 'ListenerPolicy', listenerPolicy),
])

export type GatewayObject = z.output<typeof gatewayKinds>
export type ObjectOf<K extends GatewayObject['kind']> = Extract<GatewayObject, { kind: K }>
export type HttpFilter = ObjectOf<'HTTPRoute'>['spec']['rules'][number]['filters'][number]
export type PathModifier = z.output<typeof pathModifier>
