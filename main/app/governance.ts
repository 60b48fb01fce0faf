import type { CedarPolicy } from '#main/kernel/access/cedar/cedar-policy.ts'
import type { Policy } from '#main/kernel/access/policy.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { type Service, serve } from '#main/kernel/service.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { createDelegationService } from '#main/security/governance/approvals/delegations.ts'
import { createApprovalService } from '#main/security/governance/approvals/service.ts'
import { createApprovalStore } from '#main/security/governance/approvals/store.ts'
import { createDecisionRecord, recorded } from '#main/security/governance/decisions/record.ts'
import { replay } from '#main/security/governance/decisions/replay.ts'
import { createDecisionStore } from '#main/security/governance/decisions/store.ts'
import { createExceptionService, type ExceptionService } from '#main/security/governance/exceptions/service.ts'
import { createExceptionStore } from '#main/security/governance/exceptions/store.ts'
import { type GovernanceChange, governanceHandlers, governanceResources } from '#main/security/governance/handlers.ts'
import { createPolicyService } from '#main/security/governance/policies/service.ts'
import { createPolicyStore } from '#main/security/governance/policies/store.ts'
import type { Directory, Operations } from '#main/security/governance/ports.ts'
import { contracts } from '#preload/app/contracts.ts'
import type { Contract } from '#preload/contract/define.ts'
import { AppError } from '#preload/contract/error.ts'
import { loadPolicy } from './load-policy.ts'
import type { Router } from './router.ts'

export type GovernanceOptions = {
  readonly workspace: Workspace
  readonly vault: Pick<Vault, 'open' | 'put' | 'remove'>
  readonly clock: Clock
  readonly log: Log
  /** Folder of the built-in content. */
  readonly resources: string
  readonly directory: Directory
  readonly stepUpSeconds?: () => number
  readonly environments: () => Promise<readonly string[]>
  /** The one door, once it stands. */
  readonly router: () => Router
  /** Whether the audit log has an entry by this approval that succeeded or was interrupted; left out, it is not asked. */
  readonly carriedOut?: (approval: string) => Promise<boolean>
  readonly onChange: (change: GovernanceChange) => void
  readonly changes: (signal: AbortSignal) => AsyncIterable<GovernanceChange>
  /** Contracts besides those of the product. */
  readonly more?: readonly Contract[]
}

export type Governance = {
  /** For whoever asks beforehand. */
  readonly policy: CedarPolicy
  /** For the one door: the same, and every verdict is recorded for replay. */
  readonly doorPolicy: Policy
  readonly service: Service
  readonly exceptions: Pick<ExceptionService, 'find'>
  /**
   * Reads policies and exceptions again: after another process has changed them.
   * @returns false when the stored policies cannot be read; then only administrators act.
   */
  readonly load: () => Promise<boolean>
  readonly close: () => Promise<void>
}

/** Guards that no exception may take away. */
const guards: ReadonlySet<string> = new Set(['open-to-everybody', 'not-your-own-roles', 'separation-of-duties'])

/** Ties policies, approvals and exceptions together, and loads what is in force. */
export async function openGovernance(options: GovernanceOptions): Promise<Governance> {
  const { workspace, vault, clock, log, directory, onChange } = options
  const exceptions = createExceptionService({
    store: createExceptionStore(workspace),
    clock,
    refusePolicy: async (id) => refuseException(policy, id),
    onChange: () => onChange({ changed: 'exceptions' }),
  })
  const policy = loadPolicy(options.resources, {
    clock,
    findException: exceptions.findForPolicy,
    ...(options.stepUpSeconds ? { stepUpSeconds: options.stepUpSeconds } : {}),
    ...(options.more ? { more: options.more } : {}),
  })
  const decisions = createDecisionStore(workspace)
  const record = createDecisionRecord(decisions, clock, log)
  const policies = createPolicyService({
    store: createPolicyStore(workspace),
    policy,
    administrators: directory.administrators,
    environments: options.environments,
    clock,
    onChange: () => onChange({ changed: 'policies' }),
  })
  const operations = operationsOf(options)
  const approvalStore = createApprovalStore(workspace)
  const approvalsChanged = (): void => onChange({ changed: 'approvals' })
  const approvals = createApprovalService({
    store: approvalStore,
    vault,
    policy,
    directory,
    operations,
    clock,
    onChange: approvalsChanged,
  })
  const delegations = createDelegationService({
    store: approvalStore,
    identity: directory.identity,
    clock,
    onChange: approvalsChanged,
  })
  const handlers = governanceHandlers({
    policy,
    policies,
    approvals,
    delegations,
    exceptions,
    replay: (text, days, signal) => replay({ store: decisions, record, policy, clock }, text, days, signal),
    identity: directory.identity,
    environments: options.environments,
    changes: options.changes,
  })
  return {
    policy,
    doorPolicy: recorded(policy, record),
    service: serve(contracts.governance, handlers, governanceResources(approvals, operations.resources)),
    exceptions,
    async load() {
      await exceptions.load()
      return policies.load()
    },
    close: record.close,
  }
}

function refuseException(policy: CedarPolicy, id: string): string | null {
  if (guards.has(id)) return `Nobody can be excepted from ${id}.`
  const found = policy.find(id)
  if (!found) return `No policy named ${id} is in force.`
  return found.effect === 'forbid' ? null : `${id} is a permit; an exception is made to a policy that forbids.`
}

const operationsOf = ({ router, carriedOut }: Pick<GovernanceOptions, 'router' | 'carriedOut'>): Operations => ({
  carriedOut: carriedOut ?? (async () => false),
  find: (name) => router().operations.get(name)?.operation ?? null,
  resources: (name, input) => router().resources(name, input),
  async perform(caller, operation, input, grant, signal) {
    const answer = await router().call(caller, operation, input, signal, grant)
    if (answer.ok) return answer.value
    throw AppError.fromShape(answer.error)
  },
})
