import type { Policy } from './policy.ts'

/** The least a door needs: a viewer reads, everybody else may do everything. */
export const rolePolicy: Policy = {
  judge: ({ caller, action }) => {
    if (action.kind !== 'command' || action.access.includes('open') || caller.roles.some((role) => role !== 'viewer'))
      return { allowed: true, policies: [] }
    return {
      allowed: false,
      code: 'forbidden',
      reason: `The role viewer may not call ${action.name}.`,
      hint: 'This session is read-only. Start the application without --read-only to make changes.',
      policies: ['viewer'],
    }
  },
}
