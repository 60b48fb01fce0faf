import { X509Certificate } from 'node:crypto'
import { AppError } from '#preload/contract/error.ts'

/** The pinned authorities. @throws AppError `invalid` unless it is PEM with at least one certificate. */
export function checkAuthorities(pem: string): readonly Buffer[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    if (found.length > 0) return found.map((one) => new X509Certificate(one).raw)
  } catch {
    // Falls through to the sentence below.
  }
  throw new AppError('invalid', 'The CA certificate of the time stamping authority is not in PEM form.', {
    hint: 'Paste the whole text from BEGIN to END.',
    at: 'ca',
  })
}

export const untrusted = (name: string, what: string, cause?: unknown): AppError =>
  new AppError('refused', `${name} ${what}. Its timestamp was not taken.`, {
    hint: 'Check the authority and the certificate that is pinned for it. Do not go on using it until this is understood.',
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  })

/** A copy with a buffer of its own, as ASN.1 readers want it. */
export const arrayBuffer = (data: Uint8Array): ArrayBuffer => Uint8Array.from(data).buffer
