import { createHash } from 'node:crypto'
import { z } from 'zod'
import { isSignedBy } from '#main/kernel/access/device-signature.ts'
import { canonical } from '#main/kernel/audit/canonical.ts'
import { approvalPayloadType, preAuthenticationEncoding } from '#preload/security/dsse.ts'

/**
 * What an approver signs. Names everything the decision stands on — the reason and the expiry too — so that nothing of the
 * request can be changed afterwards.
 */
const approvalStatement = z.strictObject({
  type: z.literal('framework0/approval/v1'),
  approval: z.string(),
  operation: z.string(),
  inputHash: z.string(),
  environments: z.array(z.string()),
  requester: z.string(),
  reason: z.string(),
  expiresAt: z.string(),
  approver: z.string(),
  onBehalfOf: z.string().nullable(),
  decision: z.enum(['approve', 'reject']),
  comment: z.string().max(1_000),
  device: z.string(),
  at: z.iso.datetime(),
})
export type ApprovalStatement = z.infer<typeof approvalStatement>

/** DSSE v1 (https://github.com/secure-systems-lab/dsse/blob/master/envelope.md), with exactly one signature. */
export type Envelope = {
  readonly payloadType: string
  /** base64 */
  readonly payload: string
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
}

/** The bytes of a statement: canonical JSON (RFC 8785). */
export const payloadOf = (statement: ApprovalStatement): Buffer => Buffer.from(canonical(statement), 'utf8')

/** @returns the statement, or a sentence that says why there is none. Only the one canonical spelling is read. */
export function readStatement(envelope: Envelope): ApprovalStatement | string {
  if (envelope.payloadType !== approvalPayloadType) return `Its payload is ${envelope.payloadType}, not an approval.`
  const payload = Buffer.from(envelope.payload, 'base64')
  let parsed: ReturnType<typeof approvalStatement.safeParse>
  try {
    parsed = approvalStatement.safeParse(JSON.parse(payload.toString('utf8')))
  } catch {
    return 'Its payload is not JSON.'
  }
  if (!parsed.success) return 'Its payload is not a statement of approval.'
  return payloadOf(parsed.data).equals(payload) ? parsed.data : 'Its payload is not in canonical form.'
}

/** Whether the key of a device (raw, base64) made the envelope's one signature. */
export function isSealedBy(publicKey: string, { payloadType, payload, signatures }: Envelope): boolean {
  const [signature, ...more] = signatures
  if (!signature || more.length > 0) return false
  return isSignedBy(publicKey, preAuthenticationEncoding(payloadType, Buffer.from(payload, 'base64')), signature.sig)
}

/** SHA-256 over the canonical form of an operation and its input, hexadecimal. */
export const inputHashOf = (operation: string, input: unknown): string =>
  createHash('sha256').update(canonical({ operation, input })).digest('hex')
