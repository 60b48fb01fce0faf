import { z } from 'zod'
import { command, defineContract, id, instant, nothing, query, secret, stream } from '../contract/define.ts'
import { errorShape } from '../contract/error.ts'

export const connectionKind = z.enum(['prometheus', 'alertmanager'])
export type ConnectionKind = z.infer<typeof connectionKind>

/** A free label such as `production`; part of an alert's identity, so it is kept to characters that need no quoting. */
export const environmentName = z
  .string()
  .trim()
  .min(1, 'Name the environment.')
  .max(40)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'Use lower-case letters, digits and dashes.')

/** How a connection authenticates, without the secrets: those stay in the vault. */
const authView = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('basic'), username: z.string() }),
  z.object({ kind: z.literal('bearer') }),
  z.object({ kind: z.literal('header'), name: z.string() }),
])

const headerName = z.string().regex(/^[A-Za-z0-9-]+$/, 'A header name has letters, digits and dashes.')

/** In an edit, an absent secret means: keep the one in the vault. */
const authInput = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('basic'), username: z.string().min(1).max(200), password: secret().optional() }),
  z.object({ kind: z.literal('bearer'), token: secret().optional() }),
  z.object({ kind: z.literal('header'), name: headerName, value: secret().optional() }),
])

/** Certificates are public and shown again; the client key is a secret and is not. */
const tlsInput = z.object({
  ca: z.string().max(64_000).optional(),
  certificate: z.string().max(64_000).optional(),
  key: secret().optional(),
})

export const connectionInput = z.object({
  kind: connectionKind,
  name: z.string().trim().min(1, 'Name the connection.').max(80),
  url: z.string().trim().min(1, 'Give the address.').max(2_000),
  environment: environmentName,
  auth: authInput,
  tls: tlsInput,
})
export type ConnectionInput = z.infer<typeof connectionInput>

export const connectionStatus = z.enum([
  'unknown',
  'connecting',
  'connected',
  'unreachable',
  'vault-locked',
  'disabled',
])

export const connectionState = z.object({
  status: connectionStatus,
  since: instant,
  lastSuccessAt: instant.nullable(),
  nextAttemptAt: instant.nullable(),
  failures: z.number().int(),
  error: errorShape.nullable(),
  version: z.string().nullable(),
})
export type ConnectionState = z.infer<typeof connectionState>

export const connection = z.object({
  id,
  kind: connectionKind,
  name: z.string(),
  url: z.string(),
  environment: z.string(),
  enabled: z.boolean(),
  auth: authView,
  tls: z.object({ ca: z.string().optional(), certificate: z.string().optional(), hasKey: z.boolean() }),
  revision: z.number().int(),
  createdAt: instant,
  updatedAt: instant,
  state: connectionState,
})
export type Connection = z.infer<typeof connection>

export const testStep = z.object({
  step: z.enum(['dns', 'tcp', 'tls', 'http', 'auth', 'product']),
  status: z.enum(['running', 'ok', 'failed', 'skipped']),
  ms: z.number().optional(),
  detail: z.string().optional(),
  hint: z.string().optional(),
})
export type TestStep = z.infer<typeof testStep>

const dependent = z.object({ kind: z.string(), count: z.number().int(), text: z.string() })

export const connections = defineContract({
  area: 'fleet',
  capability: 'connections',
  summary: 'Connections to the systems this workspace talks to.',
  operations: {
    list: query({ summary: 'List all connections with their state.', input: nothing, output: z.array(connection) }),
    get: query({ summary: 'One connection with its state.', input: z.object({ id }), output: connection }),
    dependents: query({
      summary: 'What stops working if this connection is removed.',
      input: z.object({ id }),
      output: z.array(dependent),
    }),
    test: stream({
      summary: 'Walk DNS, TCP, TLS, HTTP, sign-in and product of an address, step by step, without saving anything.',
      input: z.object({
        /** An existing connection whose stored secrets fill what the draft leaves out. */
        id: id.optional(),
        draft: connectionInput.optional(),
      }),
      output: testStep,
    }),
    create: command({
      summary: 'Add a connection.',
      input: connectionInput,
      output: connection,
    }),
    update: command({
      summary: 'Change a connection; secrets left out are kept.',
      input: connectionInput.extend({ id, revision: z.number().int() }),
      output: connection,
    }),
    setEnabled: command({
      summary: 'Enable or disable a connection.',
      input: z.object({ id, enabled: z.boolean() }),
      output: connection,
    }),
    remove: command({
      summary: 'Remove a connection and its secrets. Alert history stays.',
      input: z.object({ id }),
      output: z.object({ removed: z.boolean() }),
    }),
    watch: stream({
      summary: 'Tell whenever a connection or its state changes.',
      input: nothing,
      output: z.object({ revision: z.number().int() }),
    }),
  },
})
