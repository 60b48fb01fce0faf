/** RFC 8176 names that stand for one kind of proof each: what one knows, has, or is. */
const kinds: Readonly<Record<string, 'knows' | 'has' | 'is'>> = {
  pwd: 'knows',
  pin: 'knows',
  kba: 'knows',
  otp: 'has',
  hwk: 'has',
  swk: 'has',
  sc: 'has',
  sms: 'has',
  tel: 'has',
  pop: 'has',
  fpt: 'is',
  face: 'is',
  iris: 'is',
  retina: 'is',
  vbm: 'is',
}

/** Authentication contexts that promise more than one factor, as `acr` (OIDC) and AuthnContextClassRef (SAML) name them. */
const strongContexts: ReadonlySet<string> = new Set([
  'phr',
  'phrh',
  'http://schemas.openid.net/pape/policies/2007/06/multi-factor',
  'http://schemas.microsoft.com/claims/multipleauthn',
  'https://refeds.org/profile/mfa',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken',
])

/**
 * Whether an identity provider says that more than one factor was used: `mfa` or two kinds of proof among the
 * methods (`amr`, RFC 8176), or a context class (`acr`) that promises it. Silence and unknown words mean no.
 */
export function saysSecondFactor(methods: readonly string[], context: string | null): boolean {
  if (context !== null && strongContexts.has(context)) return true
  const used = new Set(methods.flatMap((method) => (Object.hasOwn(kinds, method) ? kinds[method] : [])))
  return methods.includes('mfa') || used.size > 1
}
