import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Delegation } from '#preload/security/approvals.ts'
import type { Envelope } from './statement.ts'

/** How far a request came, as it is stored. `approved` and `expired` are told by signatures and the clock instead. */
export type StoredState = 'waiting' | 'rejected' | 'withdrawn' | 'performing' | 'performed' | 'failed'

export type StoredApproval = {
  readonly id: string
  readonly operation: string
  /** Without secrets, for display. */
  readonly input: unknown
  /** The whole input as JSON; null: it holds secrets and lies in the vault. */
  readonly wholeInput: string | null
  readonly inputHash: string
  readonly environments: readonly string[]
  readonly reason: string
  readonly requester: string
  readonly requestedAt: string
  readonly expiresAt: string
  readonly state: StoredState
  /** Why it ended so. */
  readonly note: string | null
}

export type StoredDecision = {
  readonly approval: string
  /** Whom it counts for. */
  readonly person: string
  readonly approver: string
  readonly at: string
  readonly envelope: Envelope
}

export type StoredDelegation = Omit<Delegation, 'fromName' | 'toName'>

type ApprovalTables = {
  approval: {
    id: string
    operation: string
    input: string
    whole_input: string | null
    input_hash: string
    environments: string
    reason: string
    requester: string
    requested_at: string
    expires_at: string
    state: StoredState
    note: string | null
  }
  approval_decision: { approval: string; person: string; approver: string; at: string; envelope: string }
  approval_delegation: {
    id: string
    from_identity: string
    to_identity: string
    starts_at: string
    ends_at: string
    reason: string
    ended_at: string | null
  }
}

export function createApprovalStore(workspace: Workspace) {
  const db = workspace.withTables<ApprovalTables>()
  return {
    newest: async (limit: number): Promise<StoredApproval[]> =>
      (
        await db.selectFrom('approval').selectAll().orderBy('requested_at', 'desc').orderBy('id').limit(limit).execute()
      ).map(fromApproval),

    async find(id: string): Promise<StoredApproval | null> {
      const row = await db.selectFrom('approval').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? fromApproval(row) : null
    },

    add: async (approval: StoredApproval): Promise<void> => {
      await db.insertInto('approval').values(toApproval(approval)).execute()
    },

    /** Moves a request on, if it still is where it was thought to be. @returns whether it was. */
    async move(id: string, from: StoredState, to: StoredState, note: string | null): Promise<boolean> {
      const result = await db
        .updateTable('approval')
        .set({ state: to, note })
        .where('id', '=', id)
        .where('state', '=', from)
        .executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },

    decisions: async (approvals: readonly string[]): Promise<StoredDecision[]> =>
      approvals.length === 0
        ? []
        : (
            await db
              .selectFrom('approval_decision')
              .selectAll()
              .where('approval', 'in', [...approvals])
              .orderBy('at')
              .orderBy('person')
              .execute()
          ).map(({ envelope, ...row }) => ({ ...row, envelope: JSON.parse(envelope) })),

    /** @returns whether it was added; false when there is a decision of this person. */
    async addDecision({ envelope, ...decision }: StoredDecision): Promise<boolean> {
      const result = await db
        .insertInto('approval_decision')
        .values({ ...decision, envelope: JSON.stringify(envelope) })
        .onConflict((conflict) => conflict.columns(['approval', 'person']).doNothing())
        .executeTakeFirst()
      return Number(result.numInsertedOrUpdatedRows) === 1
    },

    delegations: async (): Promise<StoredDelegation[]> =>
      (await db.selectFrom('approval_delegation').selectAll().orderBy('starts_at', 'desc').orderBy('id').execute()).map(
        fromDelegation,
      ),

    addDelegation: async (delegation: StoredDelegation): Promise<void> => {
      await db
        .insertInto('approval_delegation')
        .values({
          id: delegation.id,
          from_identity: delegation.from,
          to_identity: delegation.to,
          starts_at: delegation.startsAt,
          ends_at: delegation.endsAt,
          reason: delegation.reason,
          ended_at: delegation.endedAt,
        })
        .execute()
    },

    async endDelegation(id: string, at: string): Promise<boolean> {
      const result = await db
        .updateTable('approval_delegation')
        .set({ ended_at: at })
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },
  }
}

export type ApprovalStore = ReturnType<typeof createApprovalStore>

const toApproval = (approval: StoredApproval): ApprovalTables['approval'] => ({
  id: approval.id,
  operation: approval.operation,
  input: JSON.stringify(approval.input),
  whole_input: approval.wholeInput,
  input_hash: approval.inputHash,
  environments: JSON.stringify(approval.environments),
  reason: approval.reason,
  requester: approval.requester,
  requested_at: approval.requestedAt,
  expires_at: approval.expiresAt,
  state: approval.state,
  note: approval.note,
})

const fromApproval = (row: ApprovalTables['approval']): StoredApproval => ({
  id: row.id,
  operation: row.operation,
  input: JSON.parse(row.input),
  wholeInput: row.whole_input,
  inputHash: row.input_hash,
  environments: JSON.parse(row.environments),
  reason: row.reason,
  requester: row.requester,
  requestedAt: row.requested_at,
  expiresAt: row.expires_at,
  state: row.state,
  note: row.note,
})

const fromDelegation = (row: ApprovalTables['approval_delegation']): StoredDelegation => ({
  id: row.id,
  from: row.from_identity,
  to: row.to_identity,
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  reason: row.reason,
  endedAt: row.ended_at,
})

export const approvalTables = [
  `create table approval (
    id text primary key, operation text not null, input text not null, whole_input text, input_hash text not null,
    environments text not null, reason text not null, requester text not null, requested_at text not null,
    expires_at text not null, state text not null, note text
  )`,
  `create table approval_decision (
    approval text not null, person text not null, approver text not null, at text not null, envelope text not null,
    primary key (approval, person)
  )`,
  `create table approval_delegation (
    id text primary key, from_identity text not null, to_identity text not null, starts_at text not null,
    ends_at text not null, reason text not null, ended_at text
  )`,
] as const
