import { z } from 'zod'
import { id, personal, secret } from '../contract/define.ts'
import { errorShape } from '../contract/error.ts'
import { role } from './roles.ts'

const pem = z.string().max(64_000)

/** A group of a provider gives a role here. `*` is everybody of that provider. */
export const groupRole = z.object({ group: z.string().trim().min(1).max(500), role })
export type GroupRole = z.infer<typeof groupRole>

const name = z.string().trim().min(1, 'Name the provider.').max(80)

const oidc = {
  kind: z.literal('oidc'),
  name,
  issuer: z.url().max(2_000),
  clientId: z.string().min(1).max(500),
  scopes: z.string().max(500).default('openid profile email groups offline_access'),
  groupsClaim: z.string().max(100).default('groups'),
  ca: pem.optional(),
}
const ldap = {
  kind: z.literal('ldap'),
  name,
  url: z
    .string()
    .regex(/^ldaps?:\/\//, 'Write ldap://host:389 or ldaps://host:636.')
    .max(2_000),
  startTls: z.boolean().default(true),
  ca: pem.optional(),
  bindDn: z.string().max(1_000).optional(),
  baseDn: z.string().min(1).max(1_000),
  userFilter: z.string().max(1_000).optional(),
  groupBaseDn: z.string().max(1_000).optional(),
  nameAttribute: z.string().max(100).default('cn'),
  mailAttribute: z.string().max(100).default('mail'),
  nestedGroups: z.boolean().default(true),
}
const saml = {
  kind: z.literal('saml'),
  name,
  entryPoint: z.url().max(2_000),
  idpIssuer: z.string().min(1).max(2_000),
  idpCertificates: z.array(pem).min(1).max(5),
  groupsAttribute: z.string().max(500).default('groups'),
  nameAttribute: z.string().max(500).default('name'),
  emailAttribute: z.string().max(500).default('email'),
}

/** Settings of a provider without its secrets: those stay in the vault. */
const providerSettings = z.discriminatedUnion('kind', [
  z.object({ ...oidc, hasClientSecret: z.boolean() }),
  z.object({ ...ldap, hasBindPassword: z.boolean() }),
  z.object(saml),
])

export const providerInput = z.discriminatedUnion('kind', [
  z.object({ ...oidc, clientSecret: secret().optional() }),
  z.object({ ...ldap, bindPassword: secret().optional() }),
  z.object(saml),
])
export type ProviderInput = z.infer<typeof providerInput>

export const provider = z.object({
  id,
  revision: z.number().int(),
  settings: providerSettings,
  /** What the provider must know of us: redirect address, service provider metadata. */
  register: z.array(z.object({ name: z.string(), value: z.string() })),
})
export type Provider = z.infer<typeof provider>

export const signInMethod = z.object({
  provider: id,
  kind: z.enum(['oidc', 'ldap', 'saml']),
  name: z.string(),
  flows: z.array(z.enum(['browser', 'device', 'password'])),
})
export type SignInMethod = z.infer<typeof signInMethod>

/** What happens while somebody signs in at a provider. */
export const signInStep = z.discriminatedUnion('kind', [
  /** Open this address in the browser. */
  z.object({ kind: z.literal('open'), url: z.string() }),
  /** Type this code at that address, on any device (RFC 8628). */
  z.object({
    kind: z.literal('code'),
    userCode: z.string(),
    verificationUri: z.string(),
    verificationUriComplete: z.string().nullable(),
    expiresAt: z.string(),
  }),
  z.object({
    kind: z.literal('done'),
    name: personal(),
    secondFactorNeeded: z.boolean(),
    /** From a browser: the page goes to `/session?code=…`, once, and is signed in then. Null elsewhere. */
    exchange: z.string().nullable(),
  }),
  z.object({ kind: z.literal('failed'), error: errorShape }),
])
export type SignInStep = z.infer<typeof signInStep>
