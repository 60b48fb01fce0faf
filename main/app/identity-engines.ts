import { createLdap } from '#main/engines/ldap/ldap.ts'
import { createOidc } from '#main/engines/oidc/oidc.ts'
import { createSaml } from '#main/engines/saml/saml.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Engines } from '#main/security/access/engines.ts'
import { samlPath } from '#main/security/access/providers.ts'

/** The clients of identity providers that this application has. */
export const createEngines = (clock: Clock): Engines => ({
  oidc: (settings) => createOidc(settings, { clock }),
  ldap: ({ kind: _, name: __, ca, bindDn, bindPassword, userFilter, groupBaseDn, ...settings }) =>
    createLdap(
      {
        ...settings,
        ...(ca?.trim() ? { ca } : {}),
        ...(bindDn?.trim() ? { bindDn } : {}),
        ...(bindPassword ? { bindPassword } : {}),
        ...(userFilter?.trim() ? { userFilter } : {}),
        ...(groupBaseDn?.trim() ? { groupBaseDn } : {}),
      },
      { clock },
    ),
  saml: ({ kind: _, name: __, ...settings }, origin) =>
    createSaml(
      { ...settings, spEntityId: `${origin}${samlPath}/metadata`, callbackUrl: `${origin}${samlPath}` },
      { clock },
    ),
})
