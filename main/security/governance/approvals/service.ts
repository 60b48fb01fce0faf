import { v7 as uuid } from 'uuid'
import type { Caller } from '#main/kernel/access/caller.ts'
import { redact } from '#main/kernel/access/redact.ts'
import { canonical } from '#main/kernel/audit/canonical.ts'
import { iso } from '#main/kernel/clock.ts'
import type { Operation } from '#preload/contract/define.ts'
import { AppError, asAppError, type ErrorCode } from '#preload/contract/error.ts'
import type { Approval, ApprovalInput } from '#preload/security/approvals.ts'
import { approvalPayloadType, preAuthenticationEncoding } from '#preload/security/dsse.ts'
import {
  createInspector,
  environmentsOf,
  type Inspection,
  type InspectPorts,
  signedRequest,
  vaultId,
} from './inspect.ts'
import { presentApproval } from './present.ts'
import { type ApprovalStatement, type Envelope, inputHashOf, payloadOf, readStatement } from './statement.ts'
import type { StoredApproval } from './store.ts'

type Ports = InspectPorts & { readonly onChange: () => void }

type Choice = {
  readonly id: string
  readonly decision: 'approve' | 'reject'
  readonly device: string
  readonly comment: string
  readonly onBehalfOf?: string | undefined
}

export type ApprovalService = {
  readonly list: (caller: Caller, show: 'waiting' | 'mine' | 'all') => Promise<Approval[]>
  readonly get: (caller: Caller, id: string) => Promise<Approval>
  readonly stored: (id: string) => Promise<StoredApproval | null>
  readonly request: (caller: Caller, input: ApprovalInput) => Promise<Approval>
  readonly statement: (caller: Caller, choice: Choice) => Promise<{ payload: Buffer; signed: Uint8Array }>
  readonly decide: (caller: Caller, id: string, envelope: Envelope) => Promise<Approval>
  readonly withdraw: (caller: Caller, id: string, reason: string) => Promise<Approval>
  readonly perform: (caller: Caller, id: string, signal: AbortSignal) => Promise<{ approval: Approval; value: unknown }>
}

const shown = 200
const hourMs = 3_600_000
/** How far the time in a statement may be from ours when it comes in. */
const freshMs = 5 * 60_000

/** Failures that are told before an operation does anything: the approval is not used up by them. */
const neverRan: ReadonlySet<ErrorCode> = new Set([
  'invalid',
  'unauthenticated',
  'forbidden',
  'step_up',
  'approval_required',
  'locked',
])

/** Four eyes: requests, decisions signed by devices, and carrying out exactly what was approved, once. */
export function createApprovalService(ports: Ports): ApprovalService {
  const { store, vault, policy, operations, clock, onChange } = ports
  const inspector = createInspector(ports)
  const present = (inspection: Inspection, caller: Caller): Promise<Approval> =>
    presentApproval(ports, inspector, inspection, caller)

  const find = async (id: string): Promise<StoredApproval> => {
    const found = await store.find(id)
    if (found) return found
    throw new AppError('not_found', 'There is no such request for approval.')
  }
  const inspect = async (id: string): Promise<Inspection> => inspector.inspect(await find(id))
  const show = async (caller: Caller, id: string): Promise<Approval> => present(await inspect(id), caller)

  const end = async (id: string, state: 'rejected' | 'withdrawn' | 'performed' | 'failed', note: string | null) => {
    const from = state === 'performed' || state === 'failed' ? 'performing' : 'waiting'
    if (!(await store.move(id, from, state, note))) throw movedOn()
    await vault.remove([vaultId(id)])
    onChange()
  }

  return {
    stored: store.find,
    get: show,

    async list(caller, which) {
      const rows = await store.newest(shown)
      const mine = which === 'mine' ? rows.filter(({ requester }) => requester === caller.id) : rows
      const open = which === 'waiting' ? mine.filter(({ state }) => state === 'waiting') : mine
      const approvals: Approval[] = []
      for (const row of open) approvals.push(await present(await inspector.inspect(row), caller))
      return which === 'waiting'
        ? approvals.filter(({ state, cannotDecide }) => state === 'waiting' && cannotDecide === null)
        : approvals
    },

    async request(caller, { operation: name, input, reason, hours }) {
      const operation = requestable(name, operations.find(name), input)
      const resources = await operations.resources(name, input)
      const action = policy.vocabulary.actions.find((entry) => entry.name === name)
      const now = clock.now()
      refuseNeedless(
        name,
        action && policy.judge({ caller: { ...caller, provenAt: now }, action, resources, grant: null }),
      )
      const id = uuid()
      const redacted = redact(operation.input, input)
      const holdsSecret = canonical(redacted) !== canonical(input)
      if (holdsSecret) await vault.put(vaultId(id), JSON.stringify(input))
      await store.add({
        id,
        operation: name,
        input: redacted,
        wholeInput: holdsSecret ? null : JSON.stringify(input),
        inputHash: inputHashOf(name, input),
        environments: environmentsOf(resources),
        reason,
        requester: caller.id,
        requestedAt: iso(now),
        expiresAt: iso(now + hours * hourMs),
        state: 'waiting',
        note: null,
      })
      onChange()
      return show(caller, id)
    },

    async statement(caller, { id, decision, device, comment, onBehalfOf }) {
      const approval = await find(id)
      const statement: ApprovalStatement = {
        type: 'framework0/approval/v1',
        ...signedRequest(approval),
        approver: caller.id,
        onBehalfOf: onBehalfOf ?? null,
        decision,
        comment,
        device,
        at: iso(clock.now()),
      }
      const payload = payloadOf(statement)
      return { payload, signed: preAuthenticationEncoding(approvalPayloadType, payload) }
    },

    async decide(caller, id, envelope) {
      const inspection = await inspect(id)
      if (inspection.problem !== null) throw doesNotHold(inspection.problem)
      if (inspection.state !== 'waiting' && inspection.state !== 'approved') throw ended(inspection.state)
      const claimed = readStatement(envelope)
      if (typeof claimed === 'string') throw notAccepted(claimed)
      if (claimed.approver !== caller.id) throw notAccepted('It names somebody else as the one who decides.')
      if (Math.abs(Date.parse(claimed.at) - clock.now()) > freshMs) throw notAccepted('It was not signed just now.')
      const person = claimed.onBehalfOf ?? claimed.approver
      const stored = { approval: id, person, approver: caller.id, at: claimed.at, envelope }
      const { statement } = await inspector.verify(inspection.approval, stored)
      if (typeof statement === 'string') throw notAccepted(statement)
      if (!(await store.addDecision(stored)))
        throw new AppError('conflict', 'There is a decision by or for this person already.')
      if (statement.decision === 'reject') await end(id, 'rejected', statement.comment || null)
      onChange()
      return show(caller, id)
    },

    async withdraw(caller, id, reason) {
      const approval = await find(id)
      if (approval.requester !== caller.id) throw notYours()
      await end(id, 'withdrawn', reason)
      return show(caller, id)
    },

    async perform(caller, id, signal) {
      const { approval, state, problem, input, approvers, needed } = await inspect(id)
      if (approval.requester !== caller.id) throw notYours()
      if (problem !== null) throw doesNotHold(problem)
      if (state === 'waiting')
        throw new AppError('approval_required', `It has ${approvers.length} of ${needed} approvals.`, {
          hint: 'Wait until enough others have approved.',
        })
      if (state !== 'approved') throw ended(state)
      if (!(await store.move(id, 'waiting', 'performing', null))) throw movedOn()
      onChange()
      let value: unknown
      try {
        value = await operations.perform(caller, approval.operation, input, { approval: id, approvers }, signal)
      } catch (thrown) {
        const error = asAppError(thrown)
        if (neverRan.has(error.code)) await store.move(id, 'performing', 'waiting', null)
        else await end(id, 'failed', error.message)
        onChange()
        throw thrown
      }
      await end(id, 'performed', null)
      return { approval: await show(caller, id), value }
    },
  }

  function requestable(name: string, operation: Operation | null, input: unknown): Operation {
    if (!operation) throw new AppError('not_found', `There is no operation ${name}.`)
    if (operation.kind === 'stream')
      throw new AppError('unsupported', `${name} is a stream; approvals are for what is done at once.`)
    const issue = operation.input.safeParse(input).error?.issues[0]
    if (issue) throw new AppError('invalid', issue.message, { at: ['input', ...issue.path].join('.') })
    return operation
  }
}

function refuseNeedless(name: string, verdict: ReturnType<InspectPorts['policy']['judge']> | undefined): void {
  if (!verdict) throw new AppError('not_found', `The policies do not know ${name}.`)
  if (verdict.allowed)
    throw new AppError('invalid', `${name} needs no approval.`, { at: 'operation', hint: 'Call it.' })
  if (verdict.code !== 'approval_required') throw new AppError(verdict.code, verdict.reason, { hint: verdict.hint })
}

const doesNotHold = (problem: string): AppError =>
  new AppError('conflict', `This request does not hold: ${problem}`, { hint: 'Ask for approval anew.' })

const ended = (state: Inspection['state']): AppError =>
  new AppError('conflict', `This request is ${state} and stays so.`, { hint: 'Ask for approval anew.' })

const notAccepted = (why: string): AppError =>
  new AppError('forbidden', `This decision is not accepted. ${why}`, { hint: 'Sign it again with your own device.' })

const notYours = (): AppError => new AppError('forbidden', 'This request is somebody else’s.')

const movedOn = (): AppError =>
  new AppError('conflict', 'This request has moved on meanwhile.', { hint: 'Look at it again.' })
