import { cleanText } from '#main/engines/http/server-text.ts'
import type { ExternalIdentity } from '#main/engines/identity/identity.ts'
import { saysSecondFactor } from '#main/engines/identity/second-factor.ts'
import { assertionNamespace } from './response.ts'
import type { SamlSettings } from './settings.ts'
import { childrenOf, unreadable, type XmlElement } from './xml.ts'

const skewMs = 60_000
const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
const format = (name: string) => `urn:oasis:names:tc:SAML:${name}`

type Expected = { readonly settings: SamlSettings; readonly requestId: string; readonly now: number }

export type ReadAssertion = {
  readonly id: string
  /** Until when it could be presented again; milliseconds since the epoch. */
  readonly replayableUntil: number
  readonly identity: ExternalIdentity
}

/**
 * Who an assertion speaks of, if it was made for us and now (SAML Profiles 2.0, §4.1.4.3): issuer, audience,
 * recipient, request and times, with at most a minute of skew. The XML must be what the signature was verified over.
 */
export function readAssertion(assertion: XmlElement, expected: Expected): ReadAssertion {
  const { settings, now } = expected
  if (assertion.name !== 'Assertion' || assertion.namespace !== assertionNamespace)
    throw unreadable('holds no assertion')
  const id = assertion.attributes.ID ?? ''
  if (id === '' || assertion.attributes.Version !== '2.0') throw unreadable('holds no SAML 2.0 assertion')
  const issuer = textIn(assertion, 'Issuer')
  if (issuer !== settings.idpIssuer) throw unreadable(`is by another issuer (${shown(issuer)}) than the settings name`)
  const conditions = checkConditions(assertion, settings, now)
  const subject = one(assertion, 'Subject')
  const confirmedUntil = checkConfirmation(subject, expected)
  const statement = checkStatement(assertion, now)
  return {
    id,
    replayableUntil: Math.max(conditions, confirmedUntil) + skewMs,
    identity: identityOf(assertion, subject, statement, settings),
  }
}

function checkConditions(assertion: XmlElement, settings: SamlSettings, now: number): number {
  const conditions = one(assertion, 'Conditions')
  const { NotBefore: notBefore, NotOnOrAfter: notOnOrAfter } = conditions.attributes
  checkTimes(notBefore, notOnOrAfter, now)
  const restrictions = all(conditions, 'AudienceRestriction')
  const audiences = restrictions.map((restriction) => all(restriction, 'Audience').map(({ text }) => text.trim()))
  // Every restriction must hold, each by any of its audiences (SAML Core 2.0, §2.5.1.4).
  if (restrictions.length === 0 || !audiences.every((some) => some.includes(settings.spEntityId)))
    throw unreadable(`was made for another application (audience ${shown(audiences.flat().join(', '))})`)
  return notOnOrAfter === undefined ? now : timeOf(notOnOrAfter)
}

/** One bearer confirmation must hold in full; the others say nothing. */
function checkConfirmation(subject: XmlElement, { settings, requestId, now }: Expected): number {
  const data = all(subject, 'SubjectConfirmation')
    .filter(({ attributes }) => attributes.Method === bearer)
    .flatMap((confirmation) => all(confirmation, 'SubjectConfirmationData'))
  const [only] = data
  if (only === undefined || data.length > 1) throw unreadable('does not confirm its subject for this sign-in')
  const { Recipient, InResponseTo, NotOnOrAfter, NotBefore } = only.attributes
  if (Recipient !== settings.callbackUrl) throw unreadable('was made for another address (Recipient)')
  if (InResponseTo !== requestId) throw unreadable('answers another sign-in (InResponseTo)')
  if (NotOnOrAfter === undefined) throw unreadable('never ends')
  checkTimes(NotBefore, NotOnOrAfter, now)
  return timeOf(NotOnOrAfter)
}

type Statement = { readonly authenticatedAt: number; readonly context: string | null }

function checkStatement(assertion: XmlElement, now: number): Statement {
  const [statement] = all(assertion, 'AuthnStatement')
  if (statement === undefined) throw unreadable('does not say when the person signed in')
  const authenticatedAt = timeOf(statement.attributes.AuthnInstant ?? '')
  if (authenticatedAt > now + skewMs) throw unreadable('was made in the future')
  checkTimes(undefined, statement.attributes.SessionNotOnOrAfter, now)
  const context = all(statement, 'AuthnContext').flatMap((one) => all(one, 'AuthnContextClassRef'))[0]
  return { authenticatedAt, context: context?.text.trim() ?? null }
}

function identityOf(
  assertion: XmlElement,
  subject: XmlElement,
  statement: Statement,
  settings: SamlSettings,
): ExternalIdentity {
  const nameId = one(subject, 'NameID')
  const subjectName = nameId.text.trim()
  const { Format } = nameId.attributes
  if (subjectName === '' || nameId.children.length > 0) throw unreadable('does not say who signed in')
  if (Format === format('2.0:nameid-format:transient'))
    throw unreadable('names the person only for this once (transient NameID); have it send a persistent one')
  const values = attributesOf(assertion)
  const [email] = values.get(settings.emailAttribute) ?? []
  return {
    provider: 'saml',
    issuer: settings.idpIssuer,
    subject: subjectName,
    name: values.get(settings.nameAttribute)?.[0] ?? subjectName,
    email: email ?? (Format === format('1.1:nameid-format:emailAddress') ? subjectName : null),
    groups: values.get(settings.groupsAttribute) ?? [],
    authenticatedAt: statement.authenticatedAt,
    secondFactor: saysSecondFactor([], statement.context),
  }
}

/** By name, and by friendly name where no name is in the way. */
function attributesOf(assertion: XmlElement): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  const statements = all(assertion, 'AttributeStatement').flatMap((statement) => all(statement, 'Attribute'))
  const valuesOf = (attribute: XmlElement) =>
    all(attribute, 'AttributeValue').flatMap(({ text }) => (text.trim() === '' ? [] : [text.trim()]))
  for (const key of ['FriendlyName', 'Name'])
    for (const attribute of statements) {
      const name = attribute.attributes[key]
      if (name !== undefined) found.set(name, valuesOf(attribute))
    }
  return found
}

function checkTimes(notBefore: string | undefined, notOnOrAfter: string | undefined, now: number): void {
  if (notBefore !== undefined && timeOf(notBefore) > now + skewMs)
    throw unreadable('is not valid yet; compare the clocks')
  if (notOnOrAfter !== undefined && timeOf(notOnOrAfter) <= now - skewMs) throw unreadable('has expired')
}

/** xs:dateTime in UTC (SAML Core 2.0, §1.3.3). */
function timeOf(text: string): number {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw unreadable('has a time that cannot be read')
  return time
}

const all = (element: XmlElement, name: string) => childrenOf(element, assertionNamespace, name)

function one(element: XmlElement, name: string): XmlElement {
  const [only, ...more] = all(element, name)
  if (only === undefined || more.length > 0) throw unreadable(`has not exactly one ${name}`)
  return only
}

const textIn = (element: XmlElement, name: string): string => one(element, name).text.trim()
const shown = (text: string): string => cleanText(text, []).slice(0, 120)
