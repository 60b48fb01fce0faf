import { AppError, type ErrorCode } from '#preload/contract/error.ts'

type Reason = {
  readonly code: ErrorCode
  /** Completes `<name> …`. */
  readonly says: string
  readonly hint: string
  readonly retryable?: boolean
}

const untrusted = (says: string, hint: string): Reason => ({ code: 'unreachable', says, hint, retryable: false })
const pinAuthority = 'If it belongs to your own authority, add the CA certificate to the connection.'
const notTls = untrusted(
  'does not speak TLS at this address',
  'Use http:// in the URL if the server is plain HTTP, or check the port.',
)
const clientCertificate = untrusted(
  'did not accept the TLS connection: it wants a client certificate, or another one',
  'Add the client certificate and its key to the connection, and check that they have not expired.',
)
const tlsVersion = untrusted(
  'offers only TLS versions that are not safe to use',
  'Enable TLS 1.2 or 1.3 on the server or on the proxy before it.',
)
const dropped: Reason = {
  code: 'unreachable',
  says: 'closed the connection before its answer was complete',
  hint: 'Try again; if it stays so, look at the log of the server and of any proxy between.',
}
const closedHere: Reason = {
  code: 'cancelled',
  says: 'was not waited for: its connection was changed or closed here meanwhile',
  hint: 'Ask again.',
}
const noRoute: Reason = {
  code: 'unreachable',
  says: 'cannot be reached: there is no route to it',
  hint: 'Check the network and the VPN.',
}
const slow: Reason = {
  code: 'timeout',
  says: 'did not accept a connection in time',
  hint: 'Check the VPN, and whether a firewall silently drops packets to this port.',
}
const unknownIssuer = untrusted('shows a certificate of an authority that is not trusted here', pinAuthority)

/** By the `code` of Node, OpenSSL and undici errors. */
const reasons: Readonly<Record<string, Reason>> = {
  ENOTFOUND: {
    code: 'unreachable',
    says: 'cannot be found: its host name has no address',
    hint: 'Check the spelling of the host, and whether the VPN that knows it is up.',
  },
  EAI_AGAIN: {
    code: 'unreachable',
    says: 'cannot be found: the name server did not answer',
    hint: 'Check the network and the VPN.',
  },
  ECONNREFUSED: {
    code: 'unreachable',
    says: 'refused the connection: nothing listens at this address',
    hint: 'Check the port, and whether the server is running.',
  },
  UND_ERR_DESTROYED: closedHere,
  UND_ERR_CLOSED: closedHere,
  ECONNRESET: dropped,
  EPIPE: dropped,
  UND_ERR_SOCKET: dropped,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: dropped,
  ECONNABORTED: dropped,
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  ENETDOWN: noRoute,
  EADDRNOTAVAIL: noRoute,
  ETIMEDOUT: slow,
  UND_ERR_CONNECT_TIMEOUT: slow,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted('shows a self-signed certificate', pinAuthority),
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  CERT_UNTRUSTED: unknownIssuer,
  CERT_SIGNATURE_FAILURE: unknownIssuer,
  CERT_HAS_EXPIRED: untrusted(
    'shows a certificate that has expired',
    'Renew the certificate of the server; check the clock of this machine.',
  ),
  CERT_NOT_YET_VALID: untrusted('shows a certificate that is not valid yet', 'Check the clock of this machine.'),
  CERT_REVOKED: untrusted('shows a certificate that was revoked', 'Replace the certificate of the server.'),
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted(
    'shows a certificate that was made for another host name',
    'Use the host name in the certificate, or have it reissued for this one.',
  ),
}

/** OpenSSL names its alerts differently from version to version, so they are matched by what they contain. */
const tlsReasons: readonly (readonly [RegExp, Reason])[] = [
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE/, notTls],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/, tlsVersion],
  [/ALERT_.*(CERT|UNKNOWN_CA|HANDSHAKE_FAILURE|DECRYPT_ERROR|ACCESS_DENIED)/, clientCertificate],
]
const otherTls = untrusted('could not agree on a TLS connection', 'Check the TLS settings of the server and the port.')
const notHttp = untrusted(
  'does not speak HTTP at this address',
  'Check the port: another service may be listening there.',
)
const unknown: Reason = { code: 'unreachable', says: 'cannot be reached', hint: 'Check the network and the VPN.' }

/** A server over TLS that hangs up before it answers often wants a client certificate and does not say so. */
const droppedOverTls: Reason = {
  ...dropped,
  hint: `${dropped.hint} It may also want a client certificate, or another one.`,
}
const droppedInClear: Reason = {
  ...dropped,
  hint: `${dropped.hint} If the server speaks TLS, begin the URL with https://.`,
}

/** What went wrong between us and the endpoint `name`, from an error of Node, OpenSSL or undici. */
export function connectionFailure(name: string, url: URL, thrown: unknown): AppError {
  const reason = reasonOf(codesOf(thrown), url)
  return new AppError(reason.code, `${name} ${reason.says} (${url.host}).`, {
    hint: reason.hint,
    ...(reason.retryable === undefined ? {} : { retryable: reason.retryable }),
    cause: thrown,
  })
}

export const isDropped = (thrown: unknown): boolean => codesOf(thrown).some((code) => reasons[code] === dropped)

function reasonOf(codes: readonly string[], url: URL): Reason {
  for (const code of codes) {
    const reason = reasons[code] ?? tlsReasonOf(code)
    if (reason === dropped) return url.protocol === 'https:' ? droppedOverTls : droppedInClear
    if (reason !== null) return reason
  }
  return unknown
}

function tlsReasonOf(code: string): Reason | null {
  if (code.startsWith('HPE_')) return notHttp
  if (code !== 'EPROTO' && !code.startsWith('ERR_SSL_')) return null
  return tlsReasons.find(([pattern]) => pattern.test(code))?.[1] ?? otherTls
}

/** The codes of an error, of the attempts it gathers (one an address), and of its causes. */
function codesOf(thrown: unknown, depth = 0): readonly string[] {
  if (!(thrown instanceof Error) || depth > 4) return []
  const own = 'code' in thrown && typeof thrown.code === 'string' ? [thrown.code] : []
  const attempts: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : []
  return [...own, ...[...attempts, thrown.cause].flatMap((one) => codesOf(one, depth + 1))]
}
