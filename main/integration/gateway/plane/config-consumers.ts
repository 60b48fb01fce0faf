import { z } from 'zod'

const name = z.string().min(1).max(253)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'Expected a SHA-256 digest as 64 hexadecimal digits in lower case.')

/** Somebody who calls: known by any of the credentials named here, none of which is kept in clear. */
export const consumer = z.strictObject({
  name,
  /** SHA-256 of each API key, in hexadecimal. */
  apiKeyHashes: z.array(sha256).max(20).default([]),
  basic: z
    .array(
      z.strictObject({
        user: z
          .string()
          .min(1)
          .max(256)
          .regex(/^[^:]*$/, 'A user name of Basic authentication has no colon.'),
        /** `scrypt$N$r$p$salt$hash`, the last two in base64. */
        passwordHash: z.string().regex(/^scrypt\$\d{4,7}\$\d{1,2}\$\d{1,2}\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+$/),
      }),
    )
    .max(20)
    .default([]),
  /** Common names of client certificates that a listener's authorities vouch for. */
  certificateSubjects: z.array(z.string().min(1).max(256)).max(20).default([]),
  jwtClaims: z
    .array(z.strictObject({ provider: name, claim: z.string().min(1).max(128), value: z.string().max(1_024) }))
    .max(20)
    .default([]),
})

/** Who issues tokens. Only asymmetric signatures are accepted. */
export const jwtProvider = z
  .strictObject({
    name,
    issuer: z.string().min(1).max(2_000),
    audiences: z.array(z.string().max(2_000)).max(20).default([]),
    jwksUri: z.url({ protocol: /^https?$/ }).optional(),
    jwks: z.strictObject({ keys: z.array(z.record(z.string(), z.json())).max(100) }).optional(),
  })
  .refine(({ jwksUri, jwks }) => (jwksUri === undefined) !== (jwks === undefined), {
    error: 'Give either jwksUri or jwks.',
  })
