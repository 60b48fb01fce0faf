import type { PeerCertificate } from 'node:tls'
import { cleanText } from './server-text.ts'

const dayMs = 86_400_000
const warnDays = 14

/** What a server's certificate says about itself, as one sentence, with a hint when it ends within two weeks. */
export function certificateDetail(
  certificate: PeerCertificate,
  protocol: string | null,
  nowMs: number,
): { readonly detail: string; readonly hint?: string } {
  const issuer = text(certificate.issuer.O ?? certificate.issuer.CN)
  const subject = text(certificate.subject.CN)
  const days = Math.floor((Date.parse(certificate.valid_to) - nowMs) / dayMs)
  const left = days < warnDays ? `it expires in only ${days} days` : `it is valid for ${days} more days`
  const detail = `${protocol ?? 'TLS'}; certificate of ${subject}, issued by ${issuer}; ${left}.`
  return days < warnDays ? { detail, hint: 'Have the certificate of the server renewed soon.' } : { detail }
}

/** A name may be repeated in a certificate. */
function text(name: string | readonly string[] | undefined): string {
  const clean = cleanText(typeof name === 'string' ? name : (name ?? []).join(', '), [])
  return clean === '' ? 'an unnamed subject' : clean
}
