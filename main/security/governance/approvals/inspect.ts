import type { Caller } from '#main/kernel/access/caller.ts'
import type { CedarPolicy } from '#main/kernel/access/cedar/cedar-policy.ts'
import type { Grant, Question, Resource } from '#main/kernel/access/policy.ts'
import { redact } from '#main/kernel/access/redact.ts'
import { canonical } from '#main/kernel/audit/canonical.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { ApprovalState } from '#preload/security/approvals.ts'
import { approvalsBy } from '../policies/tests.ts'
import { asCaller, type Directory, type KnownDevice, type KnownIdentity, type Operations } from '../ports.ts'
import { delegatedAt } from './delegations.ts'
import { type ApprovalStatement, inputHashOf, readStatement } from './statement.ts'
import type { ApprovalStore, StoredApproval, StoredDecision, StoredDelegation } from './store.ts'
import { approversOf, type Facts, type SignedRequest, verifyDecision } from './verify.ts'

export type InspectPorts = {
  readonly store: ApprovalStore
  readonly vault: Pick<Vault, 'open' | 'put' | 'remove'>
  readonly policy: CedarPolicy
  readonly directory: Pick<Directory, 'identity' | 'device' | 'deviceProof'>
  readonly operations: Operations
  readonly clock: Clock
}

/** A decision as it is stored, with what its envelope says where that holds. */
export type InspectedDecision = {
  readonly stored: StoredDecision
  readonly device: KnownDevice | null
  /** A sentence: why it does not hold. */
  readonly statement: ApprovalStatement | string
}

/** A request with everything about it verified now. */
export type Inspection = {
  readonly approval: StoredApproval
  readonly state: ApprovalState
  readonly problem: string | null
  /** The whole input; undefined where it cannot be read, or is not needed any more. */
  readonly input: unknown
  readonly decisions: readonly InspectedDecision[]
  readonly approvers: readonly string[]
  readonly needed: number
}

export type Inspector = {
  readonly inspect: (approval: StoredApproval) => Promise<Inspection>
  /** Verifies one decision, stored or about to be. */
  readonly verify: (approval: StoredApproval, decision: StoredDecision) => Promise<InspectedDecision>
  /** Why somebody may not decide a request as the policies stand; null when they may. A fresh proof is not asked here. */
  readonly refusedToDecide: (identity: KnownIdentity, approval: StoredApproval) => string | null
}

/** Approvals more than this are never asked for; see `neededApprovals`. */
const mostApprovals = 10

/** Where a request lies in the vault. */
export const vaultId = (approval: string): string => `approval:${approval}`

export const signedRequest = (approval: StoredApproval): SignedRequest => ({
  approval: approval.id,
  operation: approval.operation,
  inputHash: approval.inputHash,
  environments: [...approval.environments],
  requester: approval.requester,
  reason: approval.reason,
  expiresAt: approval.expiresAt,
})

export const environmentsOf = (resources: readonly Resource[]): readonly string[] =>
  [...new Set(resources.flatMap(({ environment }) => environment ?? []))].sort()

/** What `governance.decide` acts on, for the policies: the environments of the request, and who asked. */
export const decideResources = ({ id, environments, requester }: StoredApproval): readonly Resource[] =>
  (environments.length === 0 ? [null] : environments).map((environment) => ({ environment, id, labels: { requester } }))

/**
 * How many approvals the policies in force want, by asking with more and more of them. Where no number is enough, since
 * a policy wants certain people, one is said to be needed; the verdict over the real ones decides.
 */
export function neededApprovals(policy: CedarPolicy, question: Question): number {
  for (let count = 0; count <= mostApprovals; count++)
    if (isAllowed(policy, { ...question, grant: approvalsBy(count) })) return count
  return 1
}

const isAllowed = (policy: CedarPolicy, question: Question): boolean => policy.judge(question).allowed

/** Verifies requests and decisions from what is stored, trusting no row: signatures, people, devices, policies, now. */
export function createInspector({ store, vault, policy, directory, operations, clock }: InspectPorts): Inspector {
  const actionNamed = (name: string) => policy.vocabulary.actions.find((action) => action.name === name)

  const refusedToDecide: Inspector['refusedToDecide'] = (identity, approval) => {
    const action = actionNamed('governance.decide')
    if (!action) return 'Approvals cannot be decided here.'
    const caller = asCaller(identity, clock.now())
    const verdict = policy.judge({ caller, action, resources: decideResources(approval), grant: null })
    return verdict.allowed ? null : verdict.reason
  }

  const gather = async (
    approval: StoredApproval,
    decision: StoredDecision,
    delegations: readonly StoredDelegation[],
  ): Promise<Facts> => {
    const statement = readStatement(decision.envelope)
    const named = typeof statement === 'string' ? null : statement
    const device = named && (await directory.device(named.device))
    const approver = named && (await directory.identity(named.approver))
    const absent = named?.onBehalfOf ? await directory.identity(named.onBehalfOf) : null
    return {
      device,
      deviceProof: device ? await directory.deviceProof(device) : { ok: false, reason: 'There is no such device.' },
      approver,
      approverRefused: approver && refusedToDecide(approver, approval),
      absent,
      absentRefused: absent && refusedToDecide(absent, approval),
      delegated:
        named?.onBehalfOf != null && delegatedAt(delegations, named.onBehalfOf, named.approver, Date.parse(named.at)),
    }
  }

  const verifyWith = async (
    approval: StoredApproval,
    stored: StoredDecision,
    delegations: readonly StoredDelegation[],
  ): Promise<InspectedDecision> => {
    const facts = await gather(approval, stored, delegations)
    const statement = verifyDecision(signedRequest(approval), stored.envelope, facts)
    const consistent =
      typeof statement === 'string' ||
      (stored.approver === statement.approver && stored.person === (statement.onBehalfOf ?? statement.approver))
    return {
      stored,
      device: facts.device,
      statement: consistent ? statement : 'It is stored under another name than it was signed with.',
    }
  }

  /** The whole input, or the sentence that says what is wrong with it. */
  const readInput = async (approval: StoredApproval): Promise<{ input: unknown } | string> => {
    const operation = operations.find(approval.operation)
    if (!operation) return `The operation ${approval.operation} does not exist any more.`
    let whole: string
    try {
      whole = approval.wholeInput ?? (await vault.open(vaultId(approval.id)))
    } catch (thrown) {
      return `The input cannot be verified. ${asAppError(thrown).message}`
    }
    const input: unknown = JSON.parse(whole)
    if (inputHashOf(approval.operation, input) !== approval.inputHash)
      return 'The stored input is not the one that was requested.'
    if (canonical(redact(operation.input, input)) !== canonical(approval.input))
      return 'The input that is shown is not the one that was requested.'
    return { input }
  }

  const question = (approval: StoredApproval, requester: KnownIdentity, resources: readonly Resource[]) => {
    const action = actionNamed(approval.operation)
    const caller: Caller = asCaller(requester, clock.now())
    return action ? { caller, action, resources, grant: null } : null
  }

  /** What stands in the way of a request that has not ended, and what would carry it out. */
  const examine = async (approval: StoredApproval) => {
    if (await operations.carriedOut(approval.id))
      return { problem: 'The audit log says that it was carried out already.', input: undefined, asked: null }
    const read = await readInput(approval)
    if (typeof read === 'string') return { problem: read, input: undefined, asked: null }
    const resources = await operations.resources(approval.operation, read.input)
    if (JSON.stringify(environmentsOf(resources)) !== JSON.stringify(approval.environments))
      return { problem: 'The environments it touches are not the ones it was requested for.', ...read, asked: null }
    const requester = await directory.identity(approval.requester)
    if (!requester || requester.disabled)
      return { problem: 'Whoever asked for it is not known here any more, or is disabled.', ...read, asked: null }
    return { problem: null, ...read, asked: question(approval, requester, resources) }
  }

  return {
    refusedToDecide,
    verify: async (approval, decision) => verifyWith(approval, decision, await store.delegations()),

    async inspect(approval) {
      const delegations = await store.delegations()
      const decisions: InspectedDecision[] = []
      for (const decision of await store.decisions([approval.id]))
        decisions.push(await verifyWith(approval, decision, delegations))
      const statements = decisions.flatMap(({ statement }) => (typeof statement === 'string' ? [] : [statement]))
      const approvers = approversOf(statements)
      if (approval.state !== 'waiting') {
        const problem = approval.state === 'performing' ? begun : approval.note
        return { approval, state: approval.state, problem, input: undefined, decisions, approvers, needed: 0 }
      }
      const { problem, input, asked } = await examine(approval)
      const grant: Grant = { approval: approval.id, approvers }
      return {
        approval,
        state: stateOf(approval, statements, clock.now(), asked !== null && isAllowed(policy, { ...asked, grant })),
        problem,
        input,
        decisions,
        approvers,
        needed: asked ? neededApprovals(policy, asked) : 1,
      }
    },
  }
}

const begun = 'It was begun and did not report back. Look whether it happened before you ask again.'

function stateOf(
  { expiresAt }: StoredApproval,
  statements: readonly ApprovalStatement[],
  now: number,
  allowed: boolean,
): ApprovalState {
  if (statements.some(({ decision }) => decision === 'reject')) return 'rejected'
  if (now >= Date.parse(expiresAt)) return 'expired'
  return allowed && statements.length > 0 ? 'approved' : 'waiting'
}
