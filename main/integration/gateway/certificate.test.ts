import { createPrivateKey } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Authority, type Certificate, createAuthority, createWeak } from '#e2e/app/peers/certificates.ts'
import { daysLeft, factsOf, usableCertificate } from './certificate.ts'

let authority: Authority
let leaf: Certificate
const now = () => Date.now()

beforeAll(async () => {
  authority = await createAuthority('Shop CA')
  leaf = await authority.issue({ commonName: 'shop.example', names: ['DNS:shop.example', 'DNS:*.shop.example'] })
})

describe('a certificate', () => {
  it('is taken with its chain and its key, and says whose it is', () => {
    const { chain, privateKey } = usableCertificate(`some words\n${leaf.cert}${authority.ca}`, leaf.key, now())
    expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(privateKey).toBe(leaf.key)
    const facts = factsOf(chain)
    expect(facts).toMatchObject({
      subject: 'CN=shop.example',
      names: ['shop.example', '*.shop.example'],
      issuer: 'CN=Shop CA',
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    })
    expect(daysLeft(facts, now())).toBe(29)
    expect(daysLeft(facts, Date.parse(facts.notAfter) + 1)).toBe(-1)
  })

  it('of an authority is taken without a key, another is not', () => {
    expect(usableCertificate(authority.ca, '', now())).toEqual({ chain: authority.ca, privateKey: null })
    expect(() => usableCertificate(leaf.cert, ' ', now())).toThrow('“CN=shop.example” is no authority')
  })

  it('is refused with a sentence that has nothing of the key in it', async () => {
    const other = await authority.issue({ commonName: 'other.example' })
    const expired = await authority.issue({ commonName: 'old.example', days: -1 })
    const stranger = await createAuthority('Other CA')
    const encrypted = createPrivateKey(leaf.key).export({
      ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
    })
    const weak = await createWeak()
    const wrong: readonly (readonly [string, string, string])[] = [
      ['not a certificate', leaf.key, 'This is no certificate in PEM.'],
      [leaf.cert.replace(/\n[^\n]{20}/, '\n'), leaf.key, 'Certificate 1 of the text cannot be read.'],
      [leaf.cert + leaf.key, leaf.key, 'There is a private key among the certificates.'],
      [leaf.cert, 'not a key', 'This is no private key in PEM.'],
      [leaf.cert, leaf.key.replace(/\n[^\n]{20}/, '\n'), 'The private key cannot be read.'],
      [leaf.cert, String(encrypted), 'The private key is encrypted with a passphrase.'],
      [leaf.cert, other.key, 'The private key does not belong to the certificate.'],
      [expired.cert, expired.key, 'The certificate “CN=old.example” expired on '],
      [authority.ca + leaf.cert, leaf.key, 'The chain is out of order. Its key belongs to another one of it.'],
      [
        leaf.cert + stranger.ca,
        leaf.key,
        'The chain is out of order. “CN=shop.example” was not issued by “CN=Other CA”',
      ],
      [weak.cert, weak.key, 'TLS cannot use this certificate'],
    ]
    for (const [certificate, key, sentence] of wrong) {
      const refusal = (() => {
        try {
          return usableCertificate(certificate, key, now())
        } catch (thrown) {
          return thrown as Error
        }
      })()
      expect(refusal).toMatchObject({ code: 'invalid', message: expect.stringContaining(sentence) })
      expect(JSON.stringify(refusal)).not.toContain(leaf.key.split('\n')[1])
    }
    const early = Date.parse(factsOf(leaf.cert).notBefore) - 1_000
    expect(() => usableCertificate(leaf.cert, leaf.key, early)).toThrow('is valid only from')
  })
})
