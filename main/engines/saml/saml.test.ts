import { inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority } from '#e2e/app/peers/certificates.ts'
import { type SamlForm, type SamlHostility, type SamlIdp, startSamlIdp } from '#e2e/app/peers/saml-idp.ts'
import { wrappingShapes } from '#e2e/app/peers/saml-wrapping.ts'
import { manualClock, systemClock } from '#main/kernel/clock.ts'
import type { AppError } from '#preload/contract/error.ts'
import { createSaml, type Saml } from './saml.ts'
import type { SamlSettings } from './settings.ts'

const sp = { entityId: 'https://ops.example.com/saml', callbackUrl: 'https://ops.example.com/saml/callback' }

let idp: SamlIdp

beforeAll(async () => {
  idp = await startSamlIdp(sp)
})
afterAll(async () => {
  await idp?.[Symbol.asyncDispose]()
})

const settings = (more: Partial<SamlSettings> = {}): SamlSettings => ({
  entryPoint: idp.entryPoint,
  idpIssuer: idp.entityId,
  idpCertificates: [idp.certificate],
  spEntityId: sp.entityId,
  callbackUrl: sp.callbackUrl,
  groupsAttribute: 'groups',
  nameAttribute: 'displayName',
  emailAttribute: 'mail',
  ...more,
})

const saml = (more: Partial<SamlSettings> = {}): Saml => createSaml(settings(more), { clock: systemClock })

/** The id of the request that a response is minted for. */
let currentRequest = ''

async function signIn(by: Saml, hostility: SamlHostility = {}, login = 'ana') {
  const { url, pending } = await by.begin()
  currentRequest = pending.requestId
  return by.complete(pending, await idp.signIn(url, login, hostility))
}

async function refusal(of: Promise<unknown>): Promise<AppError> {
  return of.then(
    (value) => expect.unreachable(`this should have been refused, but gave ${JSON.stringify(value)}`),
    (thrown: AppError) => thrown,
  )
}

const xmlOf = (form: SamlForm) => Buffer.from(form.SAMLResponse, 'base64').toString('utf8')
const formOf = (xml: string, form: SamlForm): SamlForm => ({
  ...form,
  SAMLResponse: Buffer.from(xml).toString('base64'),
})

describe('sign-in at a real SAML provider', () => {
  it.each(['assertion', 'response', 'both'] as const)(
    'tells who the person is, by a signature over %s',
    async (sign) => {
      const before = Date.now()
      const identity = await signIn(saml(), { sign })
      expect(identity).toEqual({
        provider: 'saml',
        issuer: idp.entityId,
        subject: 'ana',
        name: 'Ana "Sre" <on call> & more',
        email: 'ana@ops.test',
        groups: ['sre', 'on-call'],
        authenticatedAt: expect.any(Number),
        secondFactor: false,
      })
      expect(Math.abs(identity.authenticatedAt - before)).toBeLessThan(5_000)
    },
  )

  it('asks with an id of its own each time, and again for a proof where that is wanted', async () => {
    const [one, two] = [await saml().begin(), await saml().begin({ forceAuthn: true })]
    expect(one.pending.requestId).not.toBe(two.pending.requestId)
    expect(new URL(one.url).searchParams.get('RelayState')).toBe(one.pending.relayState)
    expect(one.url.startsWith(`${idp.entryPoint}?SAMLRequest=`)).toBe(true)
    const asked = ({ url }: { readonly url: string }) =>
      inflateRawSync(Buffer.from(new URL(url).searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
    expect(asked(one)).toContain(`ID="${one.pending.requestId}"`)
    expect(asked(one)).not.toContain('ForceAuthn')
    expect(asked(two)).toContain('ForceAuthn="true"')
  })

  it('goes on while the provider changes its key, and until the old one is taken away', async () => {
    await using changing = await startSamlIdp(sp)
    const old = changing.certificate
    const renewed = await changing.rotateKey()
    const by = (idpCertificates: readonly string[]) =>
      createSaml(settings({ entryPoint: changing.entryPoint, idpIssuer: changing.entityId, idpCertificates }), {
        clock: systemClock,
      })
    const attempt = async (service: Saml) => {
      const { url, pending } = await service.begin()
      return service.complete(pending, await changing.signIn(url, 'ana'))
    }
    expect((await attempt(by([old, renewed]))).subject).toBe('ana')
    expect((await refusal(attempt(by([old])))).message).toContain('signature of the SAML response does not verify')
  })

  it('hears of a second factor, and takes the address from the NameID where that is one', async () => {
    expect((await signIn(saml(), { context: 'https://refeds.org/profile/mfa' })).secondFactor).toBe(true)
    const nameIdFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'
    const identity = await signIn(saml({ emailAttribute: 'none' }), { nameId: 'ana@ops.test', nameIdFormat })
    expect(identity).toMatchObject({ subject: 'ana@ops.test', email: 'ana@ops.test' })
  })

  it('works through the pages that a browser is shown', async () => {
    const service = saml()
    const { url, pending } = await service.begin()
    expect(await (await fetch(url)).text()).toContain('name="login"')
    const posted = await fetch(url, { method: 'POST', body: new URLSearchParams({ login: 'admin' }) })
    const page = await posted.text()
    const field = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(page)?.[1] ?? ''
    expect(page).toContain(`action="${sp.callbackUrl}"`)
    const form = { SAMLResponse: field('SAMLResponse'), RelayState: field('RelayState') }
    expect(await service.complete(pending, form)).toMatchObject({ subject: 'admin', groups: ['admin'] })
  })

  it('has metadata for the provider', () => {
    const metadata = saml().metadata()
    expect(metadata).toContain(`entityID="${sp.entityId}"`)
    expect(metadata).toContain(`Location="${sp.callbackUrl}"`)
    expect(metadata).toContain('WantAssertionsSigned="true"')
  })
})

describe('a sign-in by SAML', () => {
  it('is completed once, within ten minutes, by the window that began it', async () => {
    const service = saml()
    const { url, pending } = await service.begin()
    const form = await idp.signIn(url, 'ana')
    await service.complete(pending, form)
    expect((await refusal(service.complete(pending, form))).message).toContain('completed before')

    const other = await service.begin()
    expect((await refusal(service.complete(other.pending, form))).message).toContain('RelayState')
    const again = await service.begin()
    const replayed = { ...form, RelayState: again.pending.relayState }
    expect((await refusal(service.complete(again.pending, replayed))).message).toContain('InResponseTo')

    const clock = manualClock(Date.now())
    const timed = createSaml(settings(), { clock })
    const late = await timed.begin()
    clock.advance(600_000)
    expect((await refusal(timed.complete(late.pending, form))).message).toContain('ten minutes')
  })

  it('cannot use the id of an assertion twice, though it answers another request', async () => {
    const service = saml()
    const before = (xml: string) => xml.replace(/<saml:Assertion ID="[^"]+"/, '<saml:Assertion ID="_again"')
    await signIn(service, { before })
    expect((await refusal(signIn(service, { before }))).message).toContain('with this assertion')
  })

  it.each([59_000, -59_000])('bears clocks that differ by a minute (%d ms)', async (shift) => {
    const clock = { ...systemClock, now: () => Date.now() + shift }
    expect((await signIn(createSaml(settings(), { clock }), { notOnOrAfter: 5 })).subject).toBe('ana')
  })
})

describe('a hostile SAML provider, or somebody in between', () => {
  const swap = (from: string, to: string) => (xml: string) => {
    expect(xml).toContain(from)
    return xml.replaceAll(from, to)
  }
  const attribute = (name: string) => (xml: string) => xml.replace(/<\/saml:AttributeStatement>/, `${name}$&`)
  const refusals: readonly (readonly [string, SamlHostility, string])[] = [
    ['unsigned', { sign: 'nothing' }, 'is not signed'],
    ['signed by a foreign key', { foreignKey: true }, 'does not verify'],
    ['signed with SHA-1', { algorithm: 'sha1' }, 'algorithm that is not accepted'],
    ['changed after it was signed', { after: swap('>ana<', '>admin<') }, 'does not verify'],
    ['given another group after it was signed', { after: swap('>sre<', '>admin<') }, 'does not verify'],
    [
      'signed whole, and changed around the assertion',
      { sign: 'both', after: (xml) => xml.replace(/ IssueInstant="[^"]*"/, ' IssueInstant="2020-01-01T00:00:00Z"') },
      'does not verify',
    ],
    [
      'for another application',
      { audience: 'https://payroll.example.com' },
      'another application (audience https://payroll',
    ],
    ['for no application', { audience: null }, 'another application'],
    ['for another recipient', { recipient: 'https://evil.example.com/callback' }, '(Recipient)'],
    ['for another destination', { destination: 'https://evil.example.com/callback' }, '(Destination)'],
    ['for another request', { inResponseTo: '_somebody-elses' }, '(InResponseTo)'],
    [
      'for this request only outside, where nothing is signed',
      {
        inResponseTo: '_somebody-elses',
        after: (xml) => xml.replace('_somebody-elses', currentRequest),
      },
      '(InResponseTo)',
    ],
    ['by another issuer', { issuer: 'https://evil.example.com/metadata' }, 'another issuer'],
    ['expired', { notBefore: -600, notOnOrAfter: -61 }, 'has expired'],
    ['not valid yet', { notBefore: 120 }, 'not valid yet'],
    ['about a sign-in in the future', { authnInstant: 120 }, 'in the future'],
    ['about nobody', { nameId: ' ' }, 'does not say who signed in'],
    [
      'about somebody for this once',
      { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' },
      'transient',
    ],
    ['without success', { status: 'AuthnFailed' }, 'did not succeed (AuthnFailed)'],
    [
      'without confirmation',
      { before: (xml) => xml.replace(/<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/, '') },
      'does not confirm its subject',
    ],
    [
      'with a confirmation that never ends',
      { before: (xml) => xml.replace(/(<saml:SubjectConfirmationData) NotOnOrAfter="[^"]*"/, '$1') },
      'lacks what SAML asks for',
    ],
    ['without conditions', { before: (xml) => xml.replace(/<saml:Conditions.*<\/saml:Conditions>/, '') }, 'Conditions'],
    [
      'without a statement of when',
      { before: (xml) => xml.replace(/<saml:AuthnStatement.*<\/saml:AuthnStatement>/, '') },
      'does not say when',
    ],
    ['with a comment in the name', { before: swap('>ana<', '>admin<!-- -->.evil.example.com<') }, 'comments'],
    ['with CDATA', { before: attribute('<![CDATA[x]]>') }, 'comments, CDATA'],
    ['with instructions', { before: attribute('<?php x ?>') }, 'instructions'],
    [
      'with a document type',
      { after: (xml) => `<!DOCTYPE r [<!ENTITY who "admin">]>${xml.replaceAll('>ana<', '>&who;<')}` },
      'document type',
    ],
    [
      'with entities that grow without end',
      {
        after: (xml) =>
          `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${xml}`,
      },
      'document type',
    ],
    ['with an entity nobody declared', { after: swap('>ana<', '>&who;<') }, 'entities'],
    ['too deep', { after: () => `${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}` }, 'too large or too deep'],
    ['larger than any', { after: (xml) => xml.replace('>ana<', `>${'a'.repeat(600_000)}<`) }, 'larger than any'],
    ['not XML', { after: () => 'hello' }, 'not well-formed'],
    ['empty', { after: () => '' }, 'not base64'],
    ['cut in the middle', { after: (xml) => xml.slice(0, xml.length / 2) }, 'not well-formed'],
    [
      'a request',
      { after: () => '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>' },
      'not a SAML',
    ],
    [
      'encrypted',
      { after: (xml) => xml.replace('</samlp:Response>', '<saml:EncryptedAssertion/></samlp:Response>') },
      'encrypted',
    ],
    [
      'with an HMAC for a signature',
      {
        after: swap('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'),
      },
      'algorithm that is not accepted for its signature (hmac-sha1)',
    ],
    [
      'with a signature that lets the document be rewritten',
      {
        after: (xml) =>
          xml.replace(
            'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
            'http://www.w3.org/TR/1999/REC-xslt-19991116',
          ),
      },
      'algorithm that is not accepted',
    ],
  ]

  it.each(refusals)('is refused when the response is %s', async (_what, hostility, why) => {
    const error = await refusal(signIn(saml(), hostility))
    expect(error).toMatchObject({ code: 'unauthenticated', hint: expect.any(String) })
    expect(error.message).toContain(why)
    expect(error.message.length).toBeLessThan(300)
  })

  const evil = (xml: string) => xml.replaceAll('>ana<', '>admin<').replace(/ ID="_/g, ' ID="_evil')

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('cannot wrap a signature by XSW%d', async (number) => {
    const service = saml()
    const { url, pending } = await service.begin()
    const form = await idp.signIn(url, 'ana', { sign: number < 3 ? 'response' : 'assertion' })
    const wrapped = wrappingShapes[number]?.(xmlOf(form), evil) ?? ''
    expect(wrapped, 'the original and the copy are both there').toMatch(/>ana<[\s\S]*>admin<|>admin<[\s\S]*>ana</)
    const error = await refusal(service.complete(pending, formOf(wrapped, form)))
    expect(error).toMatchObject({
      code: 'unauthenticated',
      message: expect.stringMatching(/more than one|out of place|as a forged/),
    })
  })

  it('cannot wrap a signature by an id that stands twice, or by a reference to nothing', async () => {
    const changes: readonly ((xml: string) => string)[] = [
      (xml) =>
        xml.replace(
          '<saml:AttributeStatement>',
          `<saml:AttributeStatement ID="${/Assertion ID="([^"]+)"/.exec(xml)?.[1]}">`,
        ),
      (xml) => xml.replace(/URI="#[^"]+"/, 'URI=""'),
      (xml) => xml.replace(/<ds:Signature.*<\/ds:Signature>/s, (signature) => signature + signature),
      (xml) => xml.replace(/(<ds:Reference.*<\/ds:Reference>)/s, '$1$1'),
    ]
    for (const after of changes)
      expect((await refusal(signIn(saml(), { after }))).message).toContain('as a forged one does')
  })
})

describe('the settings of a SAML provider', () => {
  it.each([
    ['entryPoint', { entryPoint: 'http://login.example.com/sso' }],
    ['entryPoint', { entryPoint: 'javascript:alert(1)' }],
    ['callbackUrl', { callbackUrl: 'http://ops.example.com' }],
    ['idpIssuer', { idpIssuer: ' ' }],
    ['idpCertificates', { idpCertificates: [] }],
    ['idpCertificates', { idpCertificates: ['nonsense'] }],
  ])('are refused where %s is wrong: %j', (at, more) => {
    expect(() => saml(more)).toThrow(expect.objectContaining({ code: 'invalid', at }))
  })

  it('are refused with a key that cannot be RSA', async () => {
    const { ca } = await createAuthority()
    expect(() => saml({ idpCertificates: [ca] })).toThrow('too weak')
  })
})
