import { v7 as uuid } from 'uuid'
import { type Clock, iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Directory } from '../ports.ts'
import type { ApprovalStore, StoredDelegation } from './store.ts'

type Ports = {
  readonly store: ApprovalStore
  readonly identity: Directory['identity']
  readonly clock: Clock
  readonly onChange: () => void
}

type Draft = { readonly to: string; readonly from: string; readonly until: string; readonly reason: string }

/** Whether somebody had delegated to somebody else at a moment, milliseconds. */
export const delegatedAt = (delegations: readonly StoredDelegation[], from: string, to: string, at: number): boolean =>
  delegations.some(
    (delegation) =>
      delegation.from === from &&
      delegation.to === to &&
      Date.parse(delegation.startsAt) <= at &&
      at < Date.parse(delegation.endsAt) &&
      (delegation.endedAt === null || at < Date.parse(delegation.endedAt)),
  )

export type DelegationService = {
  readonly list: () => Promise<readonly StoredDelegation[]>
  readonly add: (from: string, draft: Draft) => Promise<StoredDelegation>
  /** Only whoever delegated may end it. */
  readonly end: (by: string, id: string) => Promise<{ before: StoredDelegation; after: StoredDelegation }>
}

/** Who decides for whom while they are away. */
export function createDelegationService({ store, identity, clock, onChange }: Ports): DelegationService {
  return {
    list: store.delegations,

    async add(from, draft) {
      if (draft.to === from) throw new AppError('invalid', 'Delegate to somebody else.', { at: 'to' })
      const delegate = await identity(draft.to)
      if (!delegate || delegate.disabled)
        throw new AppError('invalid', 'Whom you delegate to is not known here, or is disabled.', { at: 'to' })
      if (Date.parse(draft.until) <= Math.max(clock.now(), Date.parse(draft.from)))
        throw new AppError('invalid', 'A delegation must end after it begins, and in the future.', { at: 'until' })
      const delegation: StoredDelegation = {
        id: uuid(),
        from,
        to: draft.to,
        startsAt: draft.from,
        endsAt: draft.until,
        reason: draft.reason,
        endedAt: null,
      }
      await store.addDelegation(delegation)
      onChange()
      return delegation
    },

    async end(by, id) {
      const before = (await store.delegations()).find((delegation) => delegation.id === id)
      if (!before || before.from !== by) throw new AppError('not_found', 'You have no such delegation.')
      const endedAt = iso(clock.now())
      if (!(await store.endDelegation(id, endedAt)))
        throw new AppError('conflict', 'This delegation has ended already.')
      onChange()
      return { before, after: { ...before, endedAt } }
    },
  }
}
