import type { ExternalIdentity } from '#main/engines/identity/identity.ts'
import { saysSecondFactor } from '#main/engines/identity/second-factor.ts'
import { AppError } from '#preload/contract/error.ts'
import type { IdTokenClaims } from './id-token.ts'

type Claims = Readonly<Record<string, unknown>>

const maxGroups = 2_000

/** Whether the ID token alone says what an identity needs, or userinfo has to be asked. */
export const isComplete = (claims: Claims, groupsClaim: string): boolean =>
  groupsIn(claims, groupsClaim) !== null && nameIn(claims) !== null && typeof claims.email === 'string'

/**
 * The identity that a verified ID token and the userinfo answer make together; the token wins. An e-mail address the
 * provider has not verified is left out. Throws `unauthenticated` when the provider says that it left groups out.
 */
export function identityOf(token: IdTokenClaims, userinfo: Claims, groupsClaim: string): ExternalIdentity {
  const claims: Claims = { ...userinfo, ...token }
  const groups = groupsIn(token, groupsClaim) ?? groupsIn(userinfo, groupsClaim) ?? []
  const elsewhere = claims._claim_names
  if (groups.length > maxGroups || (isRecord(elsewhere) && groupsClaim in elsewhere)) throw tooManyGroups()
  const { email, email_verified: verified, auth_time: authTime, acr } = claims
  return {
    provider: 'oidc',
    issuer: token.iss,
    subject: token.sub,
    name: nameIn(claims) ?? token.sub,
    email: typeof email === 'string' && verified !== false ? email : null,
    groups,
    authenticatedAt: (typeof authTime === 'number' ? authTime : token.iat) * 1000,
    secondFactor: saysSecondFactor(texts(token.amr) ?? [], typeof acr === 'string' && acr === token.acr ? acr : null),
  }
}

function nameIn(claims: Claims): string | null {
  const found = [claims.name, claims.preferred_username].find((one) => typeof one === 'string' && one !== '')
  return typeof found === 'string' ? found : null
}

/** By the exact name of the claim (which may hold dots, as a URL does), else by a path of names. */
function groupsIn(claims: Claims, claim: string): readonly string[] | null {
  const exact = texts(Object.hasOwn(claims, claim) ? claims[claim] : undefined)
  return exact ?? texts(claim.split('.').reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), claims))
}

/** One text stands for a list of one, as some providers send it. */
function texts(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value)) return null
  return value.filter((one): one is string => typeof one === 'string' && one !== '')
}

const isRecord = (value: unknown): value is Claims => typeof value === 'object' && value !== null

const tooManyGroups = (): AppError =>
  new AppError('unauthenticated', 'The identity provider left out groups of this person: there are too many.', {
    hint: 'Have it send only the groups that are assigned to this application.',
  })
