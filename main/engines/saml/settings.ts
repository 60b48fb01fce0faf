import { X509Certificate } from 'node:crypto'
import { AppError } from '#preload/contract/error.ts'

export type SamlSettings = {
  /** Single sign-on address of the identity provider (HTTP-Redirect binding). */
  readonly entryPoint: string
  /** Its entity id. */
  readonly idpIssuer: string
  /** PEM, one or, while keys are changed, several. */
  readonly idpCertificates: readonly string[]
  readonly spEntityId: string
  /** Assertion consumer service of this application (HTTP-POST binding). */
  readonly callbackUrl: string
  readonly groupsAttribute: string
  readonly nameAttribute: string
  readonly emailAttribute: string
}

const minimumBits = 2048

/** Throws `invalid`, naming the setting that is wrong. */
export function checkSettings(settings: SamlSettings): void {
  for (const at of ['entryPoint', 'callbackUrl'] as const) {
    const url = URL.parse(settings[at])
    if (url === null || !isSecure(url))
      throw invalid(at, 'The address must begin with https://.', 'Only an address on this machine may use http://.')
  }
  for (const at of ['idpIssuer', 'spEntityId', 'groupsAttribute', 'nameAttribute', 'emailAttribute'] as const)
    if (settings[at].trim() === '') throw invalid(at, 'This must not be empty.', 'Copy it from the metadata.')
  if (settings.idpCertificates.length === 0)
    throw invalid('idpCertificates', 'The signing certificate of the identity provider is missing.', pemHint)
  for (const pem of settings.idpCertificates) checkCertificate(pem)
}

const pemHint = 'Paste the whole text from BEGIN CERTIFICATE to END CERTIFICATE.'

function checkCertificate(pem: string): void {
  const certificate = readCertificate(pem)
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey
  if (type !== 'rsa' || (details?.modulusLength ?? 0) < minimumBits)
    throw invalid(
      'idpCertificates',
      'The key of this certificate is too weak or of a kind that is not supported.',
      'It must be RSA with at least 2048 bits.',
    )
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw invalid('idpCertificates', 'This is not a certificate.', pemHint)
  }
}

function isSecure(url: URL): boolean {
  const local = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && local)
}

const invalid = (at: string, message: string, hint: string): AppError => new AppError('invalid', message, { hint, at })
