import { AppError } from '#preload/contract/error.ts'
import type { AccessHandlers, Ports } from './ports.ts'

type Names = 'identities' | 'setIdentity' | 'unlockIdentity' | 'resetFactors'

export function identityHandlers({ access }: Ports): Pick<AccessHandlers, Names> {
  const { identities, sessions, factors, throttle, changes, providers } = access
  return {
    identities: () => access.showAll(),

    async setIdentity({ id, assignedRoles, disabled, revision }, { record }) {
      const before = await access.find(id)
      if (before.kind === 'os')
        throw new AppError('unsupported', 'Who runs the application cannot be restricted by it.', {
          hint: 'Have people sign in: then the user of this machine is nobody here.',
        })
      const isAdmin = !disabled && assignedRoles.includes('admin')
      await access.requireAdministrator(access.settings(), providers.ids(), { id, isAdmin })
      if (!(await identities.decide(id, assignedRoles, disabled, revision)))
        throw new AppError('conflict', 'Somebody changed this person meanwhile; nothing was saved.', {
          hint: 'Look at them again, then make your change again.',
        })
      await sessions.refresh(id)
      const after = await access.find(id)
      record({
        targets: [id],
        before: { assignedRoles: before.assignedRoles, disabled: before.disabled },
        after: { assignedRoles: after.assignedRoles, disabled: after.disabled },
      })
      changes.tell('identities')
      return access.show(after)
    },

    async unlockIdentity({ id }, { record }) {
      const identity = await access.find(id)
      await throttle.unlock(access.subjectsOf(identity))
      record({ targets: [id], after: { unlocked: true } })
      changes.tell('identities')
      return access.show(identity)
    },

    async resetFactors({ id, reason }, { record }) {
      const identity = await access.find(id)
      await factors.reset(id)
      record({ targets: [id], after: { factors: 'removed', reason } })
      changes.tell('identities')
      return access.show(identity)
    },
  }
}
