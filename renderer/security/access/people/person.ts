import type { Identity } from '#preload/security/access.ts'
import { roleNames } from '../roles.ts'

export type PersonState = 'active' | 'disabled' | 'locked'

/** What somebody is at an instant (epoch milliseconds): disabled counts before locked. */
export function stateOf(
  { disabled, lockedUntil }: Pick<Identity, 'disabled' | 'lockedUntil'>,
  now: number,
): PersonState {
  if (disabled) return 'disabled'
  return lockedUntil !== null && Date.parse(lockedUntil) > now ? 'locked' : 'active'
}

export const kindNames: Readonly<Record<Identity['kind'], string>> = {
  os: 'This machine',
  oidc: 'OpenID Connect',
  ldap: 'Directory',
  saml: 'SAML',
}

/** `app, 2 passkeys`; empty where there is none. */
export function factorsText({ totp, passkeys }: Identity['factors']): string {
  const keys = passkeys.length
  return [totp ? 'app' : '', keys === 0 ? '' : keys === 1 ? '1 passkey' : `${keys} passkeys`].filter(Boolean).join(', ')
}

/** The roles that come by groups alone. */
export const groupRolesOf = ({ roles, assignedRoles }: Identity): Identity['roles'] =>
  roles.filter((role) => !assignedRoles.includes(role))

/** Whether every word of a filter is somewhere in what is known of a person. */
export const matches = (text: string): ((person: Identity) => boolean) => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return ({ name, email, groups, roles, kind, id }) => {
    const whole = [name, email ?? '', ...groups, ...roles, ...roles.map((role) => roleNames[role]), kindNames[kind], id]
      .join(' ')
      .toLowerCase()
    return words.every((word) => whole.includes(word))
  }
}
