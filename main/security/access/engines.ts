import type { ExternalIdentity } from '#main/engines/identity/identity.ts'
import type { Oidc } from '#main/engines/oidc/oidc.ts'
import type { OidcSettings } from '#main/engines/oidc/settings.ts'
import type { ProviderInput } from '#preload/security/sign-in.ts'

type Cancel = { readonly signal?: AbortSignal | undefined }
type Step = {
  readonly step: string
  readonly status: 'running' | 'ok' | 'failed' | 'skipped'
  readonly detail?: string
  readonly hint?: string
}

export type LdapEngine = {
  readonly signIn: (login: string, password: string, options?: Cancel) => Promise<ExternalIdentity>
  readonly check: (options?: Cancel) => AsyncIterable<Step>
}

/** Kept between the two halves of a SAML sign-in; what is in it is the engine's business. */
export type PendingSaml = { readonly relayState: string }

export type SamlEngine = {
  readonly begin: () => Promise<{ readonly url: string; readonly pending: PendingSaml }>
  readonly complete: (
    pending: PendingSaml,
    response: { readonly SAMLResponse: string; readonly RelayState: string },
  ) => Promise<ExternalIdentity>
  readonly metadata: () => string
}

type Of<K extends ProviderInput['kind']> = Extract<ProviderInput, { kind: K }>

/** What makes the clients of identity providers from their settings, secrets opened. */
export type Engines = {
  readonly oidc: (settings: OidcSettings) => Oidc
  readonly ldap: (settings: Of<'ldap'>) => LdapEngine
  /** @param origin where this application is served: its address is the service provider's. */
  readonly saml: (settings: Of<'saml'>, origin: string) => SamlEngine
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
