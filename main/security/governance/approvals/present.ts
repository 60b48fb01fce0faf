import type { Caller } from '#main/kernel/access/caller.ts'
import type { Approval, ApprovalDecision } from '#preload/security/approvals.ts'
import { delegatedAt } from './delegations.ts'
import type { InspectedDecision, Inspection, Inspector, InspectPorts } from './inspect.ts'
import { readStatement } from './statement.ts'

type Names = (id: string) => Promise<string | null>

/** A request as somebody sees it: with names, and with what they themselves can do about it. */
export async function presentApproval(
  { directory, policy, store, clock }: InspectPorts,
  inspector: Inspector,
  inspection: Inspection,
  caller: Caller,
): Promise<Approval> {
  const { approval, decisions } = inspection
  const names: Names = async (id) => (await directory.identity(id))?.name ?? null
  const action = policy.vocabulary.actions.find(({ name }) => name === approval.operation)
  const open = inspection.state === 'waiting' || inspection.state === 'approved'
  return {
    id: approval.id,
    operation: approval.operation,
    summary: action?.summary ?? approval.operation,
    environments: [...approval.environments],
    input: approval.input as Approval['input'],
    inputHash: approval.inputHash,
    reason: approval.reason,
    requester: approval.requester,
    requesterName: await names(approval.requester),
    requestedAt: approval.requestedAt,
    expiresAt: approval.expiresAt,
    state: inspection.state,
    problem: inspection.problem,
    needed: inspection.needed,
    decisions: await Promise.all(decisions.map((decision) => presentDecision(decision, names))),
    cannotDecide: await cannotDecide(inspection, caller, directory, inspector),
    mayDecideFor: open ? await absentees() : [],
  }

  async function absentees(): Promise<Approval['mayDecideFor']> {
    const delegations = await store.delegations()
    const from = new Set(delegations.map((delegation) => delegation.from))
    const found: { id: string; name: string }[] = []
    for (const id of from) {
      if (id === approval.requester || !delegatedAt(delegations, id, caller.id, clock.now())) continue
      if (decisions.some(({ stored }) => stored.person === id)) continue
      const identity = await directory.identity(id)
      if (identity && !identity.disabled && inspector.refusedToDecide(identity, approval) === null)
        found.push({ id, name: identity.name })
    }
    return found
  }
}

async function cannotDecide(
  { approval, state, problem, decisions }: Inspection,
  caller: Caller,
  directory: InspectPorts['directory'],
  inspector: Inspector,
): Promise<string | null> {
  if (state !== 'waiting' && state !== 'approved') return `It is ${state}.`
  if (problem !== null) return problem
  if (approval.requester === caller.id) return 'You asked for it yourself.'
  if (decisions.some(({ stored }) => stored.person === caller.id)) return 'You have decided it.'
  const identity = await directory.identity(caller.id)
  return identity ? inspector.refusedToDecide(identity, approval) : 'You are not known here.'
}

async function presentDecision(
  { stored, device, statement }: InspectedDecision,
  names: Names,
): Promise<ApprovalDecision> {
  const claimed = readStatement(stored.envelope)
  const said = typeof claimed === 'string' ? null : claimed
  return {
    approver: stored.approver,
    approverName: await names(stored.approver),
    onBehalfOf: stored.person === stored.approver ? null : stored.person,
    decision: said?.decision ?? 'approve',
    comment: said?.comment ?? '',
    at: stored.at,
    device: said?.device ?? nobody,
    deviceName: device?.name ?? 'unknown device',
    signature: typeof statement === 'string' ? { kind: 'invalid', reason: statement } : { kind: 'valid' },
  }
}

/** Stands where a damaged row names no device. */
const nobody = '00000000-0000-0000-0000-000000000000'
