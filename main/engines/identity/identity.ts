/** Who somebody is, as an identity provider or directory vouches for it. */
export type ExternalIdentity = {
  readonly provider: 'oidc' | 'ldap' | 'saml'
  /** The issuer (OIDC), the base DN at its server (LDAP) or the entity id (SAML) that vouches. */
  readonly issuer: string
  /** Unique and stable within the issuer; the two together are the identity. Never an e-mail address by choice. */
  readonly subject: string
  readonly name: string
  readonly email: string | null
  readonly groups: readonly string[]
  /** When the person proved who they are, in milliseconds since the epoch. */
  readonly authenticatedAt: number
  /** Whether the other side says that more than one factor was used; false when it says nothing. */
  readonly secondFactor: boolean
}
