import type { DeviceProof, KnownDevice, KnownIdentity } from '../ports.ts'
import { type ApprovalStatement, type Envelope, isSealedBy, readStatement } from './statement.ts'

/** What of a request is signed. */
export type SignedRequest = Pick<
  ApprovalStatement,
  'approval' | 'operation' | 'inputHash' | 'environments' | 'requester' | 'reason' | 'expiresAt'
>

/** What is known of whoever a decision names, gathered now. */
export type Facts = {
  readonly device: KnownDevice | null
  readonly deviceProof: DeviceProof
  readonly approver: KnownIdentity | null
  /** Why the approver may not decide this as the policies stand; null when they may. */
  readonly approverRefused: string | null
  /** Whom they decide for; null where for themselves. */
  readonly absent: KnownIdentity | null
  readonly absentRefused: string | null
  /** Whether the absent one had delegated to the approver at the moment of the statement. */
  readonly delegated: boolean
}

/** @returns the statement where the decision holds, or the sentence that says why it does not. */
export function verifyDecision(request: SignedRequest, envelope: Envelope, facts: Facts): ApprovalStatement | string {
  const statement = readStatement(envelope)
  if (typeof statement === 'string') return statement
  return (
    differs(request, statement) ??
    deviceProblem(statement, envelope, facts) ??
    personProblem(statement, facts) ??
    statement
  )
}

const fields = {
  approval: 'another request',
  operation: 'another operation',
  inputHash: 'another input',
  environments: 'other environments',
  requester: 'another requester',
  reason: 'another reason',
  expiresAt: 'another expiry',
} as const

function differs(request: SignedRequest, statement: ApprovalStatement): string | null {
  for (const [field, what] of Object.entries(fields) as [keyof typeof fields, string][])
    if (JSON.stringify(request[field]) !== JSON.stringify(statement[field])) return `It was signed for ${what}.`
  return null
}

function deviceProblem(statement: ApprovalStatement, envelope: Envelope, facts: Facts): string | null {
  const { device, deviceProof } = facts
  if (!device || device.id !== statement.device) return 'The device that signed it is not known.'
  if (device.identity !== statement.approver) return 'The device that signed it belongs to somebody else.'
  if (envelope.signatures[0]?.keyid !== device.id) return 'Its signature names another device.'
  if (!isSealedBy(device.publicKey, envelope)) return 'Its signature does not match.'
  const at = Date.parse(statement.at)
  if (at < Date.parse(device.enrolledAt)) return 'It was signed before its device was enrolled.'
  if (device.revokedAt !== null && at >= Date.parse(device.revokedAt))
    return 'Its device was revoked before it was signed.'
  return deviceProof.ok ? null : `The enrolment of its device is not proven: ${deviceProof.reason}`
}

function personProblem(statement: ApprovalStatement, facts: Facts): string | null {
  const { approver, absent } = facts
  if (statement.approver === statement.requester) return 'Whoever asked for it may not decide it.'
  if (!approver || approver.id !== statement.approver) return 'Whoever decided it is not known.'
  if (approver.disabled) return `${approver.name} is disabled.`
  if (facts.approverRefused !== null) return facts.approverRefused
  if (statement.onBehalfOf === null) return null
  if (statement.onBehalfOf === statement.requester) return 'Nobody may decide for whoever asked for it.'
  if (statement.onBehalfOf === statement.approver) return 'Nobody decides on their own behalf for somebody absent.'
  if (!absent || absent.id !== statement.onBehalfOf) return 'Whom it was decided for is not known.'
  if (absent.disabled) return `${absent.name} is disabled.`
  if (!facts.delegated) return `${absent.name} had not delegated to ${approver.name} then.`
  return facts.absentRefused
}

/**
 * Who approves, from decisions that hold: each signer once and each person once, whichever came first. A person is whom
 * was decided for, so that a policy that wants somebody's approval is content with their delegate's.
 */
export function approversOf(statements: readonly ApprovalStatement[]): readonly string[] {
  const signers = new Set<string>()
  const persons = new Set<string>()
  for (const { approver, onBehalfOf, decision } of statements) {
    const person = onBehalfOf ?? approver
    if (decision !== 'approve' || signers.has(approver) || persons.has(person)) continue
    signers.add(approver)
    persons.add(person)
  }
  return [...persons]
}
