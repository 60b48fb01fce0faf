import { createHash } from 'node:crypto'
import * as asn1js from 'asn1js'
import { AlgorithmIdentifier, type Certificate, MessageImprint, TimeStampReq, TimeStampResp } from 'pkijs'
import { AppError } from '#preload/contract/error.ts'
import { arrayBuffer, untrusted } from './authorities.ts'
import { signerOf, type Token, tokenFrom } from './timestamp-token.ts'

const sha256Oid = '2.16.840.1.101.3.4.2.1'
const timeStampingPurpose = '1.3.6.1.5.5.7.3.8'
const extendedKeyUsage = '2.5.29.37'

export type TimestampRequest = { readonly der: Buffer; readonly nonce: bigint }

/** A TimeStampReq (RFC 3161 section 2.4.1) over the SHA-256 of `data`, with a nonce, asking for the certificate. */
export function timestampRequest(data: Buffer, nonce: bigint): TimestampRequest {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: sha256Oid, algorithmParams: new asn1js.Null() }),
      hashedMessage: new asn1js.OctetString({ valueHex: arrayBuffer(sha256(data)) }),
    }),
    nonce: asn1js.Integer.fromBigInt(nonce),
    certReq: true,
  })
  return { der: Buffer.from(request.toSchema().toBER()), nonce }
}

/** The token in a TimeStampResp (section 2.4.2), DER. @throws AppError `refused` with the reason of the authority. */
export function tokenIn(name: string, response: Buffer): Buffer {
  const parsed = readResponse(name, response)
  const { status, statusStrings } = parsed.status
  if (status === 0 || status === 1) {
    if (parsed.timeStampToken !== undefined) return Buffer.from(parsed.timeStampToken.toSchema().toBER())
    throw untrusted(name, 'grants a timestamp and sends none')
  }
  const said = (statusStrings ?? [])
    .map((text) => text.valueBlock.value)
    .join(' ')
    .slice(0, 200)
  throw new AppError('refused', `${name} did not grant a timestamp (status ${status})${said ? `: ${said}` : '.'}`, {
    hint: 'Look at the log of the time stamping authority.',
    retryable: true,
  })
}

function readResponse(name: string, response: Buffer): TimeStampResp {
  try {
    return TimeStampResp.fromBER(arrayBuffer(response))
  } catch (cause) {
    throw new AppError('unsupported', `${name} did not answer with a timestamp.`, {
      hint: 'Check the URL: it must be that of an RFC 3161 time stamping authority.',
      cause,
    })
  }
}

/**
 * Verifies a token over `data`: imprint, signature, the certificate it names (RFC 5816), its only purpose (RFC 3161 section
 * 2.3), and its chain to a pinned authority at the time of the stamp. Revocation is not looked up.
 * @returns the time it vouches for, and the nonce. @throws AppError `refused` that says what is wrong.
 */
export async function verifyToken(name: string, token: Buffer, data: Buffer, ca: string): Promise<Token> {
  const parsed = tokenFrom(name, token)
  if (parsed.imprintAlgorithm !== sha256Oid || !parsed.imprint.equals(sha256(data)))
    throw untrusted(name, 'stamped something else: the imprint is not that of the checkpoint')
  const signer = await signerOf(name, parsed, arrayBuffer(data), ca)
  checkPurpose(name, signer)
  return parsed
}

/** What a fresh token must hold beside: our nonce, and a time that is about now. */
export function checkFresh(name: string, token: Token, nonce: bigint, nowMs: number): void {
  if (token.nonce !== nonce)
    throw untrusted(name, 'answered with another nonce: this may be an old timestamp, played back')
  const off = Math.round((token.at.getTime() - nowMs) / 1_000)
  if (Math.abs(off) > clockSkewSeconds)
    throw untrusted(
      name,
      `stamps a time that is ${Math.abs(off)} s ${off < 0 ? 'behind' : 'ahead of'} the clock of this machine`,
    )
}

const clockSkewSeconds = 300

function checkPurpose(name: string, signer: Certificate): void {
  const usage = signer.extensions?.find(({ extnID }) => extnID === extendedKeyUsage)
  const purposes: unknown = usage?.parsedValue?.keyPurposes
  if (
    usage?.critical !== true ||
    !Array.isArray(purposes) ||
    purposes.length !== 1 ||
    purposes[0] !== timeStampingPurpose
  )
    throw untrusted(name, 'signs with a certificate that is not for time stamping alone')
}

const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest()
