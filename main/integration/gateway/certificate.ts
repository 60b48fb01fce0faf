import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { AppError } from '#preload/contract/error.ts'

const blocks = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g
const dayMs = 24 * 3600_000

/** What a certificate says of itself. Times are ISO 8601 in UTC. */
export type CertificateFacts = {
  readonly subject: string
  /** The names and addresses it is for (subjectAltName). */
  readonly names: string[]
  readonly issuer: string
  readonly notBefore: string
  readonly notAfter: string
  /** SHA-256, in hexadecimal with colons. */
  readonly fingerprint: string
}

/** A chain and its private key as they were found to be usable; `privateKey` is null for an authority. PEM. */
export type UsableCertificate = { readonly chain: string; readonly privateKey: string | null }

/**
 * Takes what a person gave: a certificate, leaf first with its chain, and its key; or certificates of an authority alone.
 * @throws AppError `invalid` with a sentence that has nothing of the key in it.
 */
export function usableCertificate(text: string, key: string, now: number): UsableCertificate {
  const certificates = certificatesOf(text)
  const authority = key.trim() === ''
  for (const certificate of certificates) checkTime(certificate, now)
  if (authority) {
    checkAuthority(certificates)
    return { chain: pemOf(certificates), privateKey: null }
  }
  const privateKey = privateKeyOf(key)
  const [leaf] = certificates
  if (!leaf?.checkPrivateKey(privateKey.object)) throw notItsKey(certificates, privateKey.object)
  checkOrder(certificates)
  const chain = pemOf(certificates)
  checkStrength(chain, privateKey.pem)
  return { chain, privateKey: privateKey.pem }
}

/** What the first certificate of a kept chain says. */
export function factsOf(chain: string): CertificateFacts {
  const leaf = new X509Certificate(chain)
  return {
    subject: oneLine(leaf.subject),
    names: namesOf(leaf),
    issuer: oneLine(leaf.issuer),
    notBefore: leaf.validFromDate.toISOString(),
    notAfter: leaf.validToDate.toISOString(),
    fingerprint: leaf.fingerprint256,
  }
}

/** Whole days until it ends; negative when it has. */
export const daysLeft = ({ notAfter }: Pick<CertificateFacts, 'notAfter'>, now: number): number =>
  Math.floor((Date.parse(notAfter) - now) / dayMs)

const oneLine = (name: string | undefined): string => (name ?? '').split('\n').reverse().join(', ') || 'no name'
const shownName = (certificate: X509Certificate): string => `“${oneLine(certificate.subject)}”`

/** `DNS:a.example, IP Address:192.0.2.1`; Node puts what is unusual in quotes. */
const namesOf = ({ subjectAltName }: X509Certificate): string[] =>
  [...(subjectAltName ?? '').matchAll(/(?:DNS|IP Address):("(?:\\.|[^"\\])*"|[^,]+)/g)].map(([, name = '']) =>
    name.trim(),
  )

const pemOf = (certificates: readonly X509Certificate[]): string => certificates.map(String).join('')

const refused = (at: 'certificate' | 'privateKey', message: string, hint: string): AppError =>
  new AppError('invalid', message, { at, hint })

function certificatesOf(text: string): X509Certificate[] {
  const found = [...text.matchAll(blocks)]
  if (found.some(([, kind = '']) => kind.endsWith('PRIVATE KEY')))
    throw refused('certificate', 'There is a private key among the certificates.', 'Put it in the field of the key.')
  const certificates = found.filter(([, kind]) => kind === 'CERTIFICATE')
  if (certificates.length === 0)
    throw refused(
      'certificate',
      'This is no certificate in PEM.',
      'Paste the text that begins with -----BEGIN CERTIFICATE-----.',
    )
  return certificates.map(([pem], index) => {
    try {
      return new X509Certificate(pem)
    } catch {
      throw refused('certificate', `Certificate ${index + 1} of the text cannot be read.`, 'Paste it again, whole.')
    }
  })
}

function checkTime(certificate: X509Certificate, now: number): void {
  const { validFromDate, validToDate } = certificate
  if (validToDate.getTime() <= now)
    throw refused(
      'certificate',
      `The certificate ${shownName(certificate)} expired on ${validToDate.toISOString().slice(0, 10)}.`,
      'Have it renewed, and give the new one.',
    )
  if (validFromDate.getTime() > now)
    throw refused(
      'certificate',
      `The certificate ${shownName(certificate)} is valid only from ${validFromDate.toISOString()} on.`,
      'Give it then, or look whether the clock of this machine is right.',
    )
}

function checkAuthority(certificates: readonly X509Certificate[]): void {
  const other = certificates.find((each) => !each.ca && !each.checkIssued(each))
  if (other)
    throw refused(
      'privateKey',
      `${shownName(other)} is no authority, so it needs its private key.`,
      'Give the key that belongs to it.',
    )
}

function privateKeyOf(text: string): { readonly pem: string; readonly object: KeyObject } {
  const found = [...text.matchAll(blocks)].find(([, kind = '']) => kind.endsWith('PRIVATE KEY'))
  if (!found)
    throw refused(
      'privateKey',
      'This is no private key in PEM.',
      'Paste the text that begins with -----BEGIN PRIVATE KEY-----.',
    )
  const [pem, kind] = found
  if (kind === 'ENCRYPTED PRIVATE KEY' || pem.includes('ENCRYPTED'))
    throw refused(
      'privateKey',
      'The private key is encrypted with a passphrase.',
      'Decrypt it first (openssl pkey -in key.pem -out plain.pem). The vault encrypts it again.',
    )
  try {
    return { pem: `${pem}\n`, object: createPrivateKey(pem) }
  } catch {
    throw refused('privateKey', 'The private key cannot be read.', 'Paste it again, whole.')
  }
}

function notItsKey(certificates: readonly X509Certificate[], key: KeyObject): AppError {
  if (certificates.some((each) => each.checkPrivateKey(key))) return outOfOrder('Its key belongs to another one of it.')
  return refused(
    'privateKey',
    'The private key does not belong to the certificate.',
    'Give the key that the certificate was requested with.',
  )
}

function checkOrder(certificates: readonly X509Certificate[]): void {
  certificates.forEach((certificate, index) => {
    const issuer = certificates[index + 1]
    if (issuer && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)))
      throw outOfOrder(`${shownName(certificate)} was not issued by ${shownName(issuer)}, which stands after it.`)
  })
}

const outOfOrder = (why: string): AppError =>
  refused(
    'certificate',
    `The chain is out of order. ${why}`,
    'The certificate of the key stands first, then the one that issued it, and so on.',
  )

function checkStrength(chain: string, privateKey: string): void {
  try {
    createSecureContext({ cert: chain, key: privateKey, minVersion: 'TLSv1.2' })
  } catch {
    throw refused(
      'certificate',
      'TLS cannot use this certificate: its key or its signature is too weak.',
      'Have one issued with RSA of 2048 bits or more, or with an elliptic curve, and SHA-256.',
    )
  }
}
