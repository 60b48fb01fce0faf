import { createHash } from 'node:crypto'
import * as asn1js from 'asn1js'
import { Certificate, ContentInfo, SignedData, TSTInfo } from 'pkijs'
import { arrayBuffer, checkAuthorities, untrusted } from './authorities.ts'

/** A parsed token (RFC 3161 section 2.4.2), not verified. */
export type Token = {
  readonly signed: SignedData
  readonly imprintAlgorithm: string
  readonly imprint: Buffer
  readonly at: Date
  readonly nonce: bigint | null
}

const tstInfoType = '1.2.840.113549.1.9.16.1.4'
/** ESSCertID (SHA-1) of RFC 3161, and ESSCertIDv2 of RFC 5816. */
const signingCertificate = { v1: '1.2.840.113549.1.9.16.2.12', v2: '1.2.840.113549.1.9.16.2.47' } as const
const digests: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

export function tokenFrom(name: string, der: Buffer): Token {
  try {
    const signed = new SignedData({ schema: ContentInfo.fromBER(arrayBuffer(der)).content })
    const content = signed.encapContentInfo.eContent
    if (
      signed.encapContentInfo.eContentType !== tstInfoType ||
      content === undefined ||
      signed.signerInfos.length !== 1
    )
      throw new Error('This is no token.')
    const info = TSTInfo.fromBER(content.getValue())
    return {
      signed,
      imprintAlgorithm: info.messageImprint.hashAlgorithm.algorithmId,
      imprint: Buffer.from(info.messageImprint.hashedMessage.valueBlock.valueHexView),
      at: info.genTime,
      nonce: info.nonce?.toBigInt() ?? null,
    }
  } catch (cause) {
    throw untrusted(name, 'sent a token that cannot be read', cause)
  }
}

/** Verifies signature and chain at the time of the stamp. @returns the certificate that signed. */
export async function signerOf(
  name: string,
  { signed, at }: Token,
  data: ArrayBuffer,
  ca: string,
): Promise<Certificate> {
  const trustedCerts = checkAuthorities(ca).map((der) => Certificate.fromBER(arrayBuffer(der)))
  const result = await signed
    .verify({
      signer: 0,
      data,
      trustedCerts,
      checkDate: at,
      checkChain: true,
      passedWhenNotRevValues: true,
      extendedMode: true,
    })
    .catch((cause: unknown) => {
      throw untrusted(name, whyNot(cause), cause)
    })
  const signer = result.signerCertificate
  if (result.signatureVerified !== true || result.signerCertificateVerified !== true || !signer)
    throw untrusted(name, 'sent a token whose signature does not hold')
  if (!namesCertificate(signed, signer))
    throw untrusted(name, 'sent a token that does not name the certificate that signed it')
  return signer
}

function whyNot(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : ''
  if (/not yet valid|expired/i.test(message))
    return 'signs with a certificate that was not valid at the time of the stamp'
  if (/chain|certificate|issuer|path/i.test(message))
    return 'signs with a certificate that does not lead to the pinned authority'
  return 'sent a token whose signature does not hold'
}

/** Whether the signed attribute SigningCertificate(V2) holds the hash of this certificate. */
function namesCertificate(signed: SignedData, signer: Certificate): boolean {
  const der = Buffer.from(signer.toSchema().toBER())
  const attributes = signed.signerInfos[0]?.signedAttrs?.attributes ?? []
  return attributes.some(({ type, values }) => {
    if (type !== signingCertificate.v1 && type !== signingCertificate.v2) return false
    const first = childrenOf(childrenOf(childrenOf(values[0])[0])[0])
    const [algorithm, hash] = first[0] instanceof asn1js.OctetString ? [null, first[0]] : [first[0], first[1]]
    if (!(hash instanceof asn1js.OctetString)) return false
    const digest = type === signingCertificate.v1 ? 'sha1' : digestOf(algorithm)
    const expected = digest === null ? null : createHash(digest).update(der).digest()
    return expected?.equals(Buffer.from(hash.valueBlock.valueHexView)) ?? false
  })
}

/** SHA-256 unless the ESSCertIDv2 names another. */
function digestOf(algorithm: unknown): string | null {
  if (algorithm === null) return 'sha256'
  const [oid] = childrenOf(algorithm)
  return oid instanceof asn1js.ObjectIdentifier ? (digests[oid.valueBlock.toString()] ?? null) : null
}

const childrenOf = (node: unknown): readonly unknown[] => (node instanceof asn1js.Sequence ? node.valueBlock.value : [])
