import { z } from 'zod'
import { id, instant } from '../contract/define.ts'

/** What somebody can prove themselves with besides their provider. */
export const secondFactors = z.object({
  totp: z.boolean(),
  passkeys: z.array(z.object({ id: z.string(), name: z.string(), createdAt: instant, lastUsedAt: instant.nullable() })),
  /** Recovery codes not used yet. */
  recoveryCodesLeft: z.number().int(),
})
export type SecondFactors = z.infer<typeof secondFactors>

/** What an authenticator app needs (RFC 6238): the secret for typing, the URI for its camera. Shown once. */
export const enrolment = z.object({ secret: z.string(), uri: z.string() })

/** Codes that each work once in place of a second factor. Shown once; empty where the person kept their old ones. */
export const recoveryCodes = z.object({ codes: z.array(z.string()) })

/** A device whose Ed25519 key signs approvals for its owner. */
export const device = z.object({
  id,
  identity: z.string(),
  name: z.string(),
  /** Raw 32-byte public key, base64. */
  publicKey: z.string(),
  enrolledAt: instant,
  /** The audit entry that proves the enrolment. */
  auditSequence: z.number().int().nullable(),
  revokedAt: instant.nullable(),
})
export type Device = z.infer<typeof device>
