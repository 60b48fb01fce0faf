import { z } from 'zod'
import { id, instant, secret } from '../contract/define.ts'
import { errorShape } from '../contract/error.ts'

const name = z.string().trim().min(1, 'Name it.').max(80)
const pem = z.string().max(64_000)
const enabled = z.boolean().default(true)

const otlp = { kind: z.literal('otlp'), name, enabled, url: z.url().max(2_000), ca: pem.optional() }
const syslog = {
  kind: z.literal('syslog'),
  name,
  enabled,
  host: z.string().min(1).max(253),
  port: z.number().int().min(1).max(65_535).default(6514),
  ca: pem.optional(),
  /** Client certificate; its key is a secret. */
  certificate: pem.optional(),
}
const webhook = { kind: z.literal('webhook'), name, enabled, url: z.url().max(2_000), ca: pem.optional() }

export const forwarderInput = z.discriminatedUnion('kind', [
  z.object({ ...otlp, header: z.object({ name: z.string(), value: secret() }).optional() }),
  z.object({ ...syslog, key: secret().optional() }),
  /** Requests are signed: `X-Framework0-Signature: sha256=<HMAC of the body>`. */
  z.object({ ...webhook, signingSecret: secret().optional() }),
])
export type ForwarderInput = z.infer<typeof forwarderInput>

/** How far something that follows the log has come. */
const progress = {
  /** The last entry (or checkpoint size) the other side has taken. */
  cursor: z.number().int(),
  /** How many it is behind. */
  behind: z.number().int(),
  lastSuccessAt: instant.nullable(),
  nextAttemptAt: instant.nullable(),
  error: errorShape.nullable(),
}

export const forwarder = z.object({
  id,
  revision: z.number().int(),
  settings: z.discriminatedUnion('kind', [
    z.object({ ...otlp, headerName: z.string().nullable() }),
    z.object({ ...syslog, hasKey: z.boolean() }),
    z.object({ ...webhook, hasSigningSecret: z.boolean() }),
  ]),
  ...progress,
})
export type Forwarder = z.infer<typeof forwarder>

const tsa = { kind: z.literal('tsa'), name, enabled, url: z.url().max(2_000), ca: pem }
const git = {
  kind: z.literal('git'),
  name,
  enabled,
  repository: z.string().min(1).max(2_000),
  branch: z.string().max(200).default('main'),
}
const folder = { kind: z.literal('folder'), name, enabled, path: z.string().min(1).max(4_000) }

export const anchorInput = z.discriminatedUnion('kind', [z.object(tsa), z.object(git), z.object(folder)])
export type AnchorInput = z.infer<typeof anchorInput>

export const anchor = z.object({ id, revision: z.number().int(), settings: anchorInput, ...progress })
export type Anchor = z.infer<typeof anchor>
