import { z } from 'zod'

/** Ample for an attestation with a chain of certificates. */
const text = z.string().max(64 * 1024)
const extensions = z.looseObject({}).default({})
const publicKey = z.literal('public-key')

/** `PublicKeyCredential.toJSON()` after `create` (Web Authentication Level 3, §5.1: RegistrationResponseJSON). */
export const attestationShape = z.object({
  id: text,
  rawId: text,
  type: publicKey,
  clientExtensionResults: extensions,
  response: z.object({
    clientDataJSON: text,
    attestationObject: text,
    transports: z.array(z.string().max(40)).max(10).default([]),
  }),
})

/** `PublicKeyCredential.toJSON()` after `get` (AuthenticationResponseJSON). */
export const assertionShape = z
  .object({
    id: text,
    rawId: text,
    type: publicKey,
    clientExtensionResults: extensions,
    response: z.object({
      clientDataJSON: text,
      authenticatorData: text,
      signature: text,
      userHandle: text.nullish(),
    }),
  })
  .transform(({ response: { userHandle, ...response }, ...rest }) => ({
    ...rest,
    response: { ...response, ...(userHandle ? { userHandle } : {}) },
  }))
