import { z } from 'zod'
import { command, defineContract, instant, nothing, query, secret, stream } from '../contract/define.ts'
import { envoys, gatewayFileName, gatewayFinding, kongInput, kongName, kongPlan, kongs } from './other-gateways.ts'

const port = z.number().int().min(1).max(65_535)
const fileText = z.string().max(200_000, 'A file has at most 200,000 characters.')
/** Refused here, before the audit log, which keeps the text of files, has seen it. */
const keptText = fileText.refine((text) => !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text), {
  error: 'A file is read by everybody, so it holds no private key. Add the key under Certificates.',
})

/** What is wrong in a file, and where: the document counts from 0, null when it is about all of them together. */
const gatewayProblem = z.object({
  document: z.number().int().nullable(),
  path: z.string(),
  message: z.string(),
})
export type GatewayProblem = z.infer<typeof gatewayProblem>

/** Gateway API documents (YAML) that are served together. */
const gatewayFile = z.object({
  name: gatewayFileName,
  text: z.string(),
  problems: z.array(gatewayProblem),
  /** Why the gateway does not serve it although it is saved; null when it is in force. */
  refusal: z.string().nullable(),
  /** How many listeners it has: without one it serves nothing. */
  listeners: z.number().int(),
  updatedAt: instant,
  revision: z.number().int(),
})
export type GatewayFile = z.infer<typeof gatewayFile>

/** What a text would have the gateway do. */
const gatewayCheck = z.object({
  problems: z.array(gatewayProblem),
  listeners: z.array(
    z.object({ name: z.string(), address: z.string(), protocol: z.enum(['http', 'https']), hostname: z.string() }),
  ),
  routes: z.array(
    z.object({
      name: z.string(),
      listeners: z.array(z.string()),
      hostnames: z.array(z.string()),
      rules: z.number().int(),
      backends: z.array(z.string()),
    }),
  ),
  /** The addresses of pages of documentation. */
  portals: z.array(z.string()),
})
export type GatewayCheck = z.infer<typeof gatewayCheck>

/** A certificate that files name. Its private key is in the vault, and never comes out of it. */
const gatewayCertificate = z.object({
  name: gatewayFileName,
  /** Whether it has a private key; without, it is an authority that others are verified against. */
  hasKey: z.boolean(),
  subject: z.string(),
  /** The host names and addresses it is for. */
  names: z.array(z.string()),
  issuer: z.string(),
  notBefore: instant,
  notAfter: instant,
  /** Whole days until it ends; negative when it has. */
  daysLeft: z.number().int(),
  /** SHA-256, in hexadecimal with colons. */
  fingerprint: z.string(),
  /** The files that name it. */
  usedBy: z.array(z.string()),
  updatedAt: instant,
})
export type GatewayCertificate = z.infer<typeof gatewayCertificate>

const endpoint = z.object({
  host: z.string(),
  port: z.number().int(),
  /** `unknown` where no health check is asked for, or none has answered yet. */
  health: z.enum(['healthy', 'unhealthy', 'unknown']),
  why: z.string().nullable(),
  since: instant,
  inFlight: z.number().int(),
  /** Workers that have taken it out after failures in a row. */
  ejectedBy: z.number().int(),
})

const gatewayBackend = z.object({
  backend: z.string(),
  inFlight: z.number().int(),
  /** The worst of all workers. */
  circuit: z.enum(['closed', 'half_open', 'open']),
  endpoints: z.array(endpoint),
})
export type GatewayBackend = z.infer<typeof gatewayBackend>

const gatewayStatus = z.object({
  /** Why there is nothing to tell; null where a gateway runs. */
  absence: z.string().nullable(),
  gateway: z
    .object({
      revision: z.number().int(),
      listeners: z.array(
        z.object({
          name: z.string(),
          host: z.string(),
          port: z.number().int(),
          /** Why nobody is answered there; null where it is open. It is tried again. */
          refusal: z.string().nullable(),
        }),
      ),
      workers: z.array(z.object({ pid: z.number().int(), startedAt: instant, connections: z.number().int() })),
      backends: z.array(gatewayBackend),
    })
    .nullable(),
})
export type GatewayStatus = z.infer<typeof gatewayStatus>

/** Where a Prometheus of this machine scrapes what the gateway measured. */
const metricsListener = z.object({
  /** Null where nobody wants it. */
  port: z.number().int().nullable(),
  address: z.string().nullable(),
  /** Why it is not served although it is wanted, or cannot be wanted here. */
  refusal: z.string().nullable(),
  /** For prometheus.yml. */
  scrapeConfig: z.string().nullable(),
})
export type GatewayMetricsListener = z.infer<typeof metricsListener>

/** An OpenAPI 3 document, and where the requests that it describes come in and go. */
export const gatewayImportInput = z.object({
  text: z.string().max(1_000_000, 'A document has at most 1,000,000 characters.'),
  name: gatewayFileName,
  hostname: z
    .string()
    .max(253)
    .regex(/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'Expected a host name in lower case, which may begin with *.')
    .optional(),
  port: port.default(8080),
  backends: z
    .array(
      z.object({ host: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'Expected a host name or an address.'), port }),
    )
    .min(1, 'Say where the requests go.')
    .max(50),
  /** Whether requests that are not as the document says are refused. */
  validate: z.boolean().default(true),
  /** Where a page of documentation is served to consumers; nowhere unless given. */
  portal: z
    .string()
    .max(256)
    .regex(/^(\/[A-Za-z0-9._~-]+)+$/, 'Expected a path such as /docs.')
    .optional(),
})
export type GatewayImportInput = z.infer<typeof gatewayImportInput>

/** Outside text in it is shown inert. */
const gatewayImport = z.object({
  /** Gateway API documents for a new file. */
  text: z.string(),
  routes: z.number().int(),
  /** What of the document they do not say. */
  findings: z.array(gatewayFinding),
})
export type GatewayImport = z.infer<typeof gatewayImport>

export const gatewayFormats = ['kong', 'apisix', 'envoy'] as const
export type GatewayFormat = (typeof gatewayFormats)[number]

/** A file as the configuration of another gateway. */
const gatewayExport = z.object({
  /** What the other gateway usually calls it. */
  fileName: z.string(),
  text: z.string(),
  /** What the other gateway does not do as this one does, or must be given. */
  findings: z.array(gatewayFinding),
})
export type GatewayExport = z.infer<typeof gatewayExport>

const milliseconds = z.number().nullable()

/** What was measured between a route and one of its backends in the last five minutes. Latencies are milliseconds. */
const gatewayRoute = z.object({
  /** Null for requests that no route wanted. */
  route: z.string().nullable(),
  /** Null for what the gateway answered itself. */
  backend: z.string().nullable(),
  requests: z.number().int(),
  errors: z.number().int(),
  /** Over the last ten seconds. */
  requestsPerSecond: z.number(),
  inFlight: z.number().int(),
  p50: milliseconds,
  p95: milliseconds,
  p99: milliseconds,
})
export type GatewayRoute = z.infer<typeof gatewayRoute>

/** One request. All text in it comes from outside. */
const accessEntry = z.object({
  at: instant,
  route: z.string().nullable(),
  backend: z.string().nullable(),
  endpoint: z.string().nullable(),
  method: z.string(),
  host: z.string(),
  path: z.string(),
  status: z.number().int(),
  durationMs: z.number(),
  client: z.string(),
  consumer: z.string().nullable(),
  protocol: z.string(),
  attempts: z.number().int(),
  traceId: z.string(),
  /** Why the gateway itself answered, or cut the answer off. */
  reason: z.string().nullable(),
})
export type GatewayAccessEntry = z.infer<typeof accessEntry>

export const gateway = defineContract({
  area: 'integration',
  capability: 'gateway',
  summary: 'The gateway of this machine: what it serves beside the services that are rolled out, and what it measures.',
  operations: {
    files: query({ summary: 'The Gateway API files, by name.', input: nothing, output: z.array(gatewayFile) }),
    check: query({
      summary: 'What is wrong in a file, and what it would have the gateway do; without changing anything.',
      input: z.object({
        text: fileText,
        /** The file that it is the text of, which is not in the way of itself. */
        name: gatewayFileName.nullable().default(null),
      }),
      output: gatewayCheck,
    }),
    status: query({
      summary: 'Where the gateway listens, its workers, and how its backends are.',
      input: nothing,
      output: gatewayStatus,
    }),
    routes: query({
      summary: 'Requests, errors and latencies of every route and backend in the last five minutes.',
      input: nothing,
      output: z.array(gatewayRoute),
    }),
    accessLog: query({
      summary: 'The newest requests, newest first.',
      input: z.object({ route: z.string().max(400).optional(), limit: z.number().int().min(1).max(500).default(200) }),
      output: z.array(accessEntry),
    }),
    metrics: query({
      summary: 'What the gateway measured, as Prometheus text; empty where none runs.',
      input: nothing,
      output: z.object({ text: z.string() }),
    }),
    importOpenApi: query({
      summary: 'Turn an OpenAPI 3 document into the text of a new file, without saving it.',
      input: gatewayImportInput,
      output: gatewayImport,
    }),
    export: query({
      summary: 'A file as the configuration of Kong, APISIX or Envoy, without secrets, and what of it they do not do.',
      input: z.object({ name: gatewayFileName, format: z.enum(gatewayFormats) }),
      output: gatewayExport,
    }),
    metricsListener: query({
      summary: 'Where a Prometheus of this machine scrapes the gateway.',
      input: nothing,
      output: metricsListener,
    }),
    setMetricsListener: command({
      summary: 'Serve what the gateway measured on a port of this machine, for Prometheus; null ends it.',
      input: z.object({ port: port.nullable() }),
      output: metricsListener,
    }),
    envoys: query({
      summary: 'The Envoys that take their configuration from here.',
      input: nothing,
      output: envoys,
    }),
    setEnvoyPort: command({
      summary: 'Answer the Envoys of this machine on a port; null ends it, and they keep what they have.',
      input: z.object({ port: port.nullable() }),
      output: envoys,
    }),
    kongs: query({
      summary: 'The Kongs that are given files from here.',
      input: nothing,
      output: kongs,
    }),
    planKong: command({
      summary: 'Ask a Kong what it is and has, and tell what it would be given, without connecting it.',
      input: kongInput,
      output: kongPlan,
    }),
    connectKong: command({
      summary: 'Connect a Kong without a database, and give it the files of its class in place of all that it has.',
      input: kongInput.extend({
        /** Whether the connection of this name is changed; it is added otherwise. */
        known: z.boolean(),
        /** The hash of the configuration of somebody else that may be replaced; null for none. */
        replaces: z.string().max(100).nullable(),
      }),
      output: kongs,
    }),
    removeKong: command({
      summary: 'Give a Kong nothing any more; it keeps the configuration that it has.',
      input: z.object({ name: kongName }),
      output: kongs,
    }),
    saveFile: command({
      summary: 'Put a file in force and keep it. A revision of null adds it.',
      input: z.object({ name: gatewayFileName, text: keptText, revision: z.number().int().nullable() }),
      output: gatewayFile,
    }),
    removeFile: command({
      summary: 'Stop serving a file and forget it.',
      input: z.object({ name: gatewayFileName }),
      output: z.object({ removed: z.boolean() }),
    }),
    certificates: query({
      summary: 'The certificates that files can name, by name.',
      input: nothing,
      output: z.array(gatewayCertificate),
    }),
    saveCertificate: command({
      summary: 'Keep a certificate, and put it in force in every file that names it. Without a key it is an authority.',
      input: z.object({
        name: gatewayFileName,
        /** PEM, the leaf first. Public, yet kept from log and audit: people paste the key along with it. */
        certificate: secret(),
        /** PEM, without a passphrase; empty for an authority. */
        privateKey: secret(),
        /** The fingerprint of the one that this replaces; null adds it. */
        replaces: z.string().max(200).nullable(),
      }),
      output: gatewayCertificate,
    }),
    removeCertificate: command({
      summary: 'Forget a certificate and its key. Refused while a file names it.',
      input: z.object({ name: gatewayFileName }),
      output: z.object({ removed: z.boolean() }),
    }),
    watch: stream({
      summary: 'Tell whenever a file or a certificate is changed or put in force.',
      input: nothing,
      output: z.object({ revision: z.number().int() }),
    }),
  },
})
