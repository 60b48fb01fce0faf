import type { Ldap } from '#main/engines/ldap/ldap.ts'
import type { Oidc } from '#main/engines/oidc/oidc.ts'
import type { OidcSettings } from '#main/engines/oidc/settings.ts'
import type { Saml } from '#main/engines/saml/saml.ts'
import type { ProviderInput } from '#preload/security/sign-in.ts'

type Of<K extends ProviderInput['kind']> = Extract<ProviderInput, { kind: K }>

/** What makes the clients of identity providers from their settings, secrets opened. */
export type Engines = {
  readonly oidc: (settings: OidcSettings) => Promise<Oidc>
  readonly ldap: (settings: Of<'ldap'>) => Promise<Ldap>
  /** @param origin where this application is served: its address is the service provider's. */
  readonly saml: (settings: Of<'saml'>, origin: string) => Promise<Saml>
}

export const oidcSettings = (settings: Of<'oidc'>): OidcSettings => ({
  issuer: settings.issuer,
  clientId: settings.clientId,
  scopes: settings.scopes.split(/\s+/).filter((scope) => scope !== ''),
  groupsClaim: settings.groupsClaim,
  allowInsecureLoopback: true, // only ever to this machine itself
  ...(settings.clientSecret ? { clientSecret: settings.clientSecret } : {}),
  ...(settings.ca?.trim() ? { ca: settings.ca } : {}),
})
