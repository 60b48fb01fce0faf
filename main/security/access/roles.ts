import type { Role } from '#preload/security/roles.ts'
import type { GroupRole } from '#preload/security/sign-in.ts'

const everybody = '*'

/** All roles somebody has: those given to them here, and those their groups give. `*` is whoever signs in at a provider. */
export function rolesInForce(
  { kind, groups, assignedRoles }: { kind: string; groups: readonly string[]; assignedRoles: readonly Role[] },
  groupRoles: readonly GroupRole[],
): readonly Role[] {
  const byGroup = groupRoles.filter(({ group }) => groups.includes(group) || (group === everybody && kind !== 'os'))
  return [...new Set([...assignedRoles, ...byGroup.map(({ role }) => role)])].sort()
}
