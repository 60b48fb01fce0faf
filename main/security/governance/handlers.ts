import type { CedarPolicy } from '#main/kernel/access/cedar/cedar-policy.ts'
import type { Resource } from '#main/kernel/access/policy.ts'
import type { Handlers, ResourcesOf } from '#main/kernel/service.ts'
import type { Delegation } from '#preload/security/approvals.ts'
import type { Exception } from '#preload/security/exceptions.ts'
import type { governance } from '#preload/security/governance.ts'
import type { PolicyVersion, ReplayResult } from '#preload/security/policies.ts'
import type { DelegationService } from './approvals/delegations.ts'
import { decideResources } from './approvals/inspect.ts'
import type { ApprovalService } from './approvals/service.ts'
import type { StoredDelegation } from './approvals/store.ts'
import type { ExceptionService } from './exceptions/service.ts'
import type { PolicyService } from './policies/service.ts'
import type { Directory, Operations } from './ports.ts'

export type GovernanceChange = { readonly changed: 'policies' | 'approvals' | 'exceptions' }

type Ports = {
  readonly policy: CedarPolicy
  readonly policies: PolicyService
  readonly approvals: ApprovalService
  readonly delegations: DelegationService
  readonly exceptions: ExceptionService
  readonly replay: (text: string, days: number, signal: AbortSignal) => AsyncIterable<ReplayResult>
  readonly identity: Directory['identity']
  readonly environments: () => Promise<readonly string[]>
  readonly changes: (signal: AbortSignal) => AsyncIterable<GovernanceChange>
}

export function governanceHandlers(ports: Ports): Handlers<typeof governance> {
  const { policy, policies, approvals, delegations, exceptions, identity } = ports
  const nameOf = async (id: string): Promise<string> => (await identity(id))?.name ?? id
  const authored = async (version: PolicyVersion): Promise<PolicyVersion> => ({
    ...version,
    by: version.by === null ? null : await nameOf(version.by),
  })
  const named = async (delegation: StoredDelegation): Promise<Delegation> => ({
    ...delegation,
    fromName: (await identity(delegation.from))?.name ?? null,
    toName: (await identity(delegation.to))?.name ?? null,
  })
  const signed = async (exception: Exception): Promise<Exception> => ({
    ...exception,
    addedBy: await nameOf(exception.addedBy),
  })
  return {
    async policies() {
      const { version, tests } = await policies.current()
      const { actions, groups } = policy.vocabulary
      return {
        builtIn: policy.builtIn,
        current: await authored(version),
        tests: [...tests],
        schema: policy.schema,
        vocabulary: {
          roles: [...policy.roles],
          actions: actions.map(({ name, summary }) => ({ name, summary })),
          actionGroups: groups.map(({ name, summary }) => ({ name, summary })),
          environments: [...(await ports.environments())],
        },
      }
    },
    async checkPolicies({ text, tests }) {
      const { diagnostics, results } = await policies.check(text, tests)
      return { diagnostics: [...diagnostics], results: [...results] }
    },
    replay: ({ text, days }, { signal }) => ports.replay(text, days, signal),
    async savePolicies({ text, tests, note, revision }, { caller, record }) {
      const { before, after } = await policies.save(caller.id, { text, tests, note, revision })
      record(policyChange(before, after))
      return authored(after)
    },
    policyVersions: async () => Promise.all((await policies.versions()).map(authored)),
    async rollbackPolicies({ version, note, revision }, { caller, record }) {
      const { before, after } = await policies.rollBack(caller.id, version, note, revision)
      record(policyChange(before, after))
      return authored(after)
    },

    approvals: ({ show }, { caller }) => approvals.list(caller, show),
    approval: ({ id }, { caller }) => approvals.get(caller, id),
    async requestApproval(input, { caller, record }) {
      const approval = await approvals.request(caller, input)
      const { id, operation, input: redacted, inputHash, environments, expiresAt, reason } = approval
      record({ targets: [id], after: { operation, input: redacted, inputHash, environments, expiresAt, reason } })
      return approval
    },
    async approvalStatement(choice, { caller }) {
      const { payload, signed: bytes } = await approvals.statement(caller, choice)
      return { payload: payload.toString('base64'), preAuthenticationEncoding: Buffer.from(bytes).toString('base64') }
    },
    async decide({ id, envelope }, { caller, record }) {
      const approval = await approvals.decide(caller, id, envelope)
      record({ targets: [id], after: { state: approval.state, envelope } })
      return approval
    },
    async withdrawApproval({ id, reason }, { caller, record }) {
      const approval = await approvals.withdraw(caller, id, reason)
      record({ targets: [id], after: { state: approval.state, reason } })
      return approval
    },
    async perform({ id }, { caller, signal, record }) {
      const { approval, value } = await approvals.perform(caller, id, signal)
      record({ targets: [id], after: { state: approval.state } })
      return { approval, value: (value ?? null) as never }
    },
    delegations: async () => Promise.all((await delegations.list()).map(named)),
    async delegate({ to, from, until, reason }, { caller, record }) {
      const delegation = await delegations.add(caller.id, { to, from, until, reason })
      record({ targets: [delegation.id], after: delegation })
      return named(delegation)
    },
    async endDelegation({ id }, { caller, record }) {
      const { before, after } = await delegations.end(caller.id, id)
      record({ targets: [id], before, after })
      return named(after)
    },

    exceptions: async () => Promise.all(exceptions.list().map(signed)),
    async addException(input, { caller, record }) {
      const exception = await exceptions.add(caller.id, input)
      record({ targets: [exception.id], after: exception })
      return signed(exception)
    },
    async endException({ id, reason }, { record }) {
      const { before, after } = await exceptions.end(id, reason)
      record({ targets: [id], before, after: { ...after, reason } })
      return signed(after)
    },
    watch: (_, { signal }) => ports.changes(signal),
  }
}

/** What the operations of governance touch: deciding belongs where the request does, and so does asking. */
export const governanceResources = (
  approvals: Pick<ApprovalService, 'stored'>,
  resources: Operations['resources'],
): ResourcesOf<typeof governance> => ({
  decide: async ({ id }): Promise<readonly Resource[]> => {
    const approval = await approvals.stored(id)
    return approval ? decideResources(approval) : []
  },
  requestApproval: ({ operation, input }) => resources(operation, input),
})

const policyChange = (before: PolicyVersion, after: PolicyVersion) => ({
  targets: ['policies'],
  before: { version: before.version, digest: before.digest, text: before.text },
  after: { version: after.version, digest: after.digest, note: after.note, text: after.text },
})
