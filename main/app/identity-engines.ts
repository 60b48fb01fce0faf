import type { Clock } from '#main/kernel/clock.ts'
import type { Engines } from '#main/security/access/engines.ts'
import { samlPath } from '#main/security/access/providers.ts'

/**
 * The clients of identity providers that this application has, each loaded at its first use: together they would cost
 * every start and every command a quarter of a second.
 */
export const createEngines = (clock: Clock): Engines => ({
  oidc: async (settings) => {
    const { createOidc } = await import('#main/engines/oidc/oidc.ts')
    return createOidc(settings, { clock })
  },
  ldap: async ({ kind: _, name: __, ca, bindDn, bindPassword, userFilter, groupBaseDn, ...settings }) => {
    const { createLdap } = await import('#main/engines/ldap/ldap.ts')
    return createLdap(
      {
        ...settings,
        ...(ca?.trim() ? { ca } : {}),
        ...(bindDn?.trim() ? { bindDn } : {}),
        ...(bindPassword ? { bindPassword } : {}),
        ...(userFilter?.trim() ? { userFilter } : {}),
        ...(groupBaseDn?.trim() ? { groupBaseDn } : {}),
      },
      { clock },
    )
  },
  saml: async ({ kind: _, name: __, ...settings }, origin) => {
    const { createSaml } = await import('#main/engines/saml/saml.ts')
    return createSaml(
      { ...settings, spEntityId: `${origin}${samlPath}/metadata`, callbackUrl: `${origin}${samlPath}` },
      { clock },
    )
  },
})
