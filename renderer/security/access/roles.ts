import type { AccessSettings, Identity, Me } from '#preload/security/access.ts'
import type { Role } from '#preload/security/roles.ts'

export const roleNames: Readonly<Record<Role, string>> = {
  viewer: 'Viewer',
  sre: 'SRE',
  'release-manager': 'Release manager',
  auditor: 'Auditor',
  'security-officer': 'Security officer',
  admin: 'Administrator',
}

/** What each role is for, in one line; what it may do exactly is said by the policies. */
export const roleHints: Readonly<Record<Role, string>> = {
  viewer: 'Sees, and changes nothing.',
  sre: 'Handles alerts, silences and connections.',
  'release-manager': 'Releases and promotes.',
  auditor: 'Reads and exports the audit log.',
  'security-officer': 'Policies, exceptions and factors.',
  admin: 'People, sign-in and settings.',
}

export const allRoles = Object.keys(roleNames) as readonly Role[]

/** `Viewer, SRE`; `no role` where there is none. */
export const rolesText = (roles: readonly Role[]): string =>
  roles.length === 0 ? 'no role' : roles.map((role) => roleNames[role]).join(', ')

export type RoleSource = { readonly role: Role; readonly from: string }

type Known = {
  readonly identity?: Pick<Identity, 'assignedRoles' | 'kind'> | undefined
  readonly settings?: Pick<AccessSettings, 'groupRoles'> | undefined
}

/** Where each role of somebody comes from, as far as the asker may know it. */
export function roleSources(
  { id, roles, groups, elevatedUntil }: Pick<Me, 'id' | 'roles' | 'groups' | 'elevatedUntil'>,
  { identity, settings }: Known,
): readonly RoleSource[] {
  const own = new Set(groups)
  return roles.map((role) => {
    const by = (settings?.groupRoles ?? []).filter(
      (entry) => entry.role === role && (entry.group === '*' || own.has(entry.group)),
    )
    const sources = [
      ...(identity?.assignedRoles.includes(role) === true ? ['given here'] : []),
      ...by.map(({ group }) => (group === '*' ? 'everybody of the provider' : `by the group ${group}`)),
    ]
    if (sources.length > 0) return { role, from: sources.join(', ') }
    if (role === 'admin' && elevatedUntil !== null) return { role, from: 'by breaking the glass, for a while' }
    if (id?.startsWith('os:')) return { role, from: 'as the user of this machine' }
    return { role, from: 'given by an administrator or by a group' }
  })
}
