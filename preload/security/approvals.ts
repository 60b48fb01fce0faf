import { z } from 'zod'
import { id, instant } from '../contract/define.ts'

export const approvalInput = z.object({
  operation: z.string().max(200),
  /** The input of the operation, exactly as it will be carried out. May hold secrets; kept sealed then. */
  input: z.json().meta({ secret: true }),
  reason: z.string().trim().min(1, 'Say why.').max(1_000),
  /** Hours until the request lapses. */
  hours: z
    .number()
    .int()
    .min(1)
    .max(24 * 14)
    .default(24),
})
export type ApprovalInput = z.infer<typeof approvalInput>

/**
 * `rejected`, `withdrawn`, `expired`, `performed` and `failed` are final. `performing` was begun and did not report back:
 * whether it happened has to be looked at; it is never begun again by itself.
 */
export const approvalState = z.enum([
  'waiting',
  'approved',
  'rejected',
  'withdrawn',
  'expired',
  'performing',
  'performed',
  'failed',
])
export type ApprovalState = z.infer<typeof approvalState>

export const approvalDecision = z.object({
  approver: z.string(),
  approverName: z.string().nullable(),
  onBehalfOf: z.string().nullable(),
  decision: z.enum(['approve', 'reject']),
  comment: z.string(),
  at: instant,
  device: id,
  deviceName: z.string(),
  /** Verified just now against the device's enrolment in the audit log; the sentence says what does not hold. */
  signature: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('valid') }),
    z.object({ kind: z.literal('invalid'), reason: z.string() }),
  ]),
})
export type ApprovalDecision = z.infer<typeof approvalDecision>

export const approval = z.object({
  id,
  operation: z.string(),
  summary: z.string(),
  environments: z.array(z.string()),
  /** The input without its secrets. */
  input: z.json(),
  /** SHA-256 of operation and input in canonical form; what is signed. */
  inputHash: z.string(),
  reason: z.string(),
  requester: z.string(),
  requesterName: z.string().nullable(),
  requestedAt: instant,
  expiresAt: instant,
  state: approvalState,
  /** What is wrong with the request as it is stored, or how carrying it out failed; null when nothing is. */
  problem: z.string().nullable(),
  /** Approvals needed now, as the policies in force say. */
  needed: z.number().int(),
  decisions: z.array(approvalDecision),
  /** Why you cannot decide it; null when you can. */
  cannotDecide: z.string().nullable(),
  /** Absent people you may decide for. */
  mayDecideFor: z.array(z.object({ id: z.string(), name: z.string() })),
})
export type Approval = z.infer<typeof approval>

export const delegation = z.object({
  id,
  from: z.string(),
  fromName: z.string().nullable(),
  to: z.string(),
  toName: z.string().nullable(),
  startsAt: instant,
  endsAt: instant,
  reason: z.string(),
  endedAt: instant.nullable(),
})
export type Delegation = z.infer<typeof delegation>
