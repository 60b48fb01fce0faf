import { childrenOf, everyElement, parseXml, unreadable, type XmlElement } from './xml.ts'

export const protocol = 'urn:oasis:names:tc:SAML:2.0:protocol'
export const assertionNamespace = 'urn:oasis:names:tc:SAML:2.0:assertion'
const signatureNamespace = 'http://www.w3.org/2000/09/xmldsig#'

/** What may be known of a response before its signatures are verified. Nothing of it says who signed in. */
export type ResponseShape = { readonly responseSigned: boolean; readonly assertionSigned: boolean }

const maxEncoded = 512 * 1024

const algorithms: Readonly<Record<string, readonly string[]>> = {
  SignatureMethod: [
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  ],
  DigestMethod: ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512'],
  CanonicalizationMethod: ['http://www.w3.org/2001/10/xml-exc-c14n#'],
  Transform: [`${signatureNamespace}enveloped-signature`, 'http://www.w3.org/2001/10/xml-exc-c14n#'],
}

/** The XML of the form field `SAMLResponse` (SAML Bindings 2.0, §3.5.4), at most 512 KiB. */
export function decodeResponse(field: string): string {
  if (field.length > maxEncoded) throw unreadable('is larger than any real one')
  const compact = field.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) throw unreadable('is not base64')
  const bytes = Buffer.from(compact, 'base64')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unreadable('is not UTF-8')
  }
}

/**
 * Looks at the whole of a response before anything is verified, and refuses every shape that can make the one who
 * verifies and the one who reads see different things (signature wrapping, XSW 1–8): there is one Response, it is the
 * root; one Assertion, its child; signatures only as children of those two, each with one reference to its parent;
 * no id twice; no Object in a signature; no algorithm but the allowed ones (no SHA-1, no HMAC).
 */
export function inspectResponse(
  xml: string,
  expected: { readonly callbackUrl: string; readonly idpIssuer: string; readonly requestId: string },
): ResponseShape {
  const root = parseXml(xml)
  const all = everyElement(root)
  const count = (name: string) => all.filter((element) => element.name === name).length
  if (root.name !== 'Response' || root.namespace !== protocol) throw unreadable('is not a SAML 2.0 response')
  checkStatus(root)
  if (count('EncryptedAssertion') > 0) throw unreadable('is encrypted, which is not supported; TLS protects it')
  const [assertion, ...others] = childrenOf(root, assertionNamespace, 'Assertion')
  if (count('Response') !== 1 || count('Assertion') !== 1 || assertion === undefined || others.length > 0)
    throw unreadable('holds more than one assertion, or one out of place, as a forged one does')
  checkIds(all)
  const [responseSigned, assertionSigned] = [signatureOf(root), signatureOf(assertion)]
  if (count('Signature') !== Number(responseSigned) + Number(assertionSigned) || count('Object') > 0)
    throw unreadable('has a signature out of place, as a forged one does')
  if (!responseSigned && !assertionSigned) throw unreadable('is not signed')
  checkAlgorithms(all)
  if (root.attributes.Destination !== expected.callbackUrl)
    throw unreadable('was made for another address (Destination)')
  if (root.attributes.InResponseTo !== expected.requestId) throw unreadable('answers another sign-in (InResponseTo)')
  const issuer = childrenOf(root, assertionNamespace, 'Issuer')[0]?.text.trim()
  if (issuer !== undefined && issuer !== expected.idpIssuer)
    throw unreadable('is by another issuer than the settings name')
  return { responseSigned, assertionSigned }
}

function checkStatus(root: XmlElement): void {
  const status = childrenOf(root, protocol, 'Status')[0]
  const code = status === undefined ? undefined : childrenOf(status, protocol, 'StatusCode')[0]?.attributes.Value
  if (code === 'urn:oasis:names:tc:SAML:2.0:status:Success') return
  const word = /^urn:oasis:names:tc:SAML:2\.0:status:([A-Za-z]{1,40})$/.exec(code ?? '')?.[1] ?? 'unknown'
  throw unreadable(`says that the sign-in did not succeed (${word})`)
}

/** XML Signature finds what it signs by id; one that stands twice could be found in the wrong place. */
function checkIds(all: readonly XmlElement[]): void {
  const ids = all.flatMap(({ attributes }) =>
    Object.entries(attributes).flatMap(([name, value]) => (/^(xml:)?id$/i.test(name) ? [value] : [])),
  )
  if (new Set(ids).size !== ids.length) throw unreadable('uses an id twice, as a forged one does')
}

/** Whether it carries its own signature, over itself and nothing else. */
function signatureOf(element: XmlElement): boolean {
  const signatures = childrenOf(element, signatureNamespace, 'Signature')
  if (signatures.length > 1) throw unreadable('has a signature out of place, as a forged one does')
  const references = signatures.flatMap(everyElement).filter(({ name }) => name === 'Reference')
  const own = references.every(({ attributes }) => attributes.URI === `#${element.attributes.ID}`)
  if (signatures.length === 1 && (references.length !== 1 || !own))
    throw unreadable('has a signature over something else, as a forged one does')
  return signatures.length === 1
}

function checkAlgorithms(all: readonly XmlElement[]): void {
  for (const { name, attributes } of all) {
    const allowed = Object.hasOwn(algorithms, name) ? algorithms[name] : undefined
    if (allowed !== undefined && !allowed.includes(attributes.Algorithm ?? ''))
      throw unreadable(`uses an algorithm that is not accepted for its signature (${lastPart(attributes.Algorithm)})`)
  }
}

const lastPart = (algorithm: string | undefined): string =>
  /[\w-]{1,40}$/.exec(algorithm?.replace(/#$/, '') ?? '')?.[0] ?? 'none'
