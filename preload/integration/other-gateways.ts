import { z } from 'zod'
import { instant, secret } from '../contract/define.ts'

const nameOf = (missing: string) =>
  z
    .string()
    .trim()
    .min(1, missing)
    .max(60)
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'Use lower-case letters, digits and dashes.')

export const gatewayFileName = nameOf('Name the file.')

/** What one form says and another does not, or must be given. Outside text in it is shown inert. */
export const gatewayFinding = z.object({ path: z.string(), message: z.string() })

const envoyStates = ['in force', 'takes it up', 'refused', 'away'] as const

/** The Envoys that take their configuration from here. Outside text in it is shown inert. */
export const envoys = z.object({
  /** Where they ask, on this machine; null where nobody wants it. */
  port: z.number().int().nullable(),
  /** Why they are not answered although it is wanted, or cannot be wanted here. */
  refusal: z.string().nullable(),
  /** What an Envoy is started with. */
  bootstrap: z.string().nullable(),
  /** The files that are theirs. */
  files: z.array(gatewayFileName),
  /** What of these files Envoy does not do as this gateway does, or must be given. */
  findings: z.array(gatewayFinding),
  envoys: z.array(
    z.object({
      id: z.string(),
      cluster: z.string(),
      version: z.string().nullable(),
      /** `refused`: it was given what is to be in force, twice, and asks for it still. */
      state: z.enum(envoyStates),
      seenAt: instant,
    }),
  ),
})
export type GatewayEnvoys = z.infer<typeof envoys>

export const kongName = nameOf('Name the Kong.')

export const kongInput = z.object({
  name: kongName,
  /** Of its Admin API. */
  url: z.string().trim().min(1, 'Give the address of its Admin API.').max(2_000),
  /** Sent as Kong-Admin-Token; empty where it asks for none. */
  token: secret(),
  /** PEM of the authority that its certificate is checked against in place of the public ones; empty for those. */
  authority: z.string().max(64_000),
})
export type KongInput = z.infer<typeof kongInput>

const kongCounts = { services: z.number().int(), routes: z.number().int() }

/** What connecting a Kong would do. */
export const kongPlan = z.object({
  version: z.string(),
  /** A configuration of somebody else that would be replaced; null where it has none, or what was given from here. */
  present: z
    .object({ hash: z.string(), ...kongCounts, consumers: z.number().int(), plugins: z.number().int() })
    .nullable(),
  /** What it would have instead. */
  given: z.object({ ...kongCounts, files: z.array(gatewayFileName) }),
})
export type KongPlan = z.infer<typeof kongPlan>

export const kongStates = [
  'sending',
  'in force',
  'refused',
  'changed by somebody else',
  'away',
  'cannot be driven',
] as const

/** The Kongs that are given files from here. Outside text in it is shown inert. */
export const kongs = z.object({
  /** Why none can be given anything from here; null where it can. */
  refusal: z.string().nullable(),
  /** The files that are theirs. */
  files: z.array(gatewayFileName),
  /** What of these files Kong does not do as this gateway does, or must be given. */
  findings: z.array(gatewayFinding),
  kongs: z.array(
    z.object({
      name: kongName,
      url: z.string(),
      version: z.string().nullable(),
      hasToken: z.boolean(),
      authority: z.string(),
      /** `in force`: its configuration hash is that which it had after it took what is to be in force now. */
      state: z.enum(kongStates),
      since: instant,
      /** Why it is not in force; null where nothing more is known. */
      reason: z.string().nullable(),
      /** When it answered last; null where it has not. */
      askedAt: instant.nullable(),
      /** Why it was given everything again last, although nothing had changed here. */
      again: z.object({ why: z.enum(['it was empty', 'changed by somebody else']), at: instant }).nullable(),
    }),
  ),
})
export type GatewayKongs = z.infer<typeof kongs>
