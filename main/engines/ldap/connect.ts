import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { BerReader, ExtendedRequest } from 'ldapts'
import type { Deadline } from '#main/engines/http/deadline.ts'
import { tlsOptions } from '#main/engines/http/endpoint.ts'
import { AppError } from '#preload/contract/error.ts'
import { directoryFailure, directoryName } from './failure.ts'
import type { LdapAddress, LdapSettings } from './settings.ts'

const startTlsOid = '1.3.6.1.4.1.1466.20037'
const startTlsMessageId = 1

/** A TCP connection to the directory. */
export function openSocket(address: LdapAddress, limit: Deadline): Promise<Socket> {
  const socket = connectTcp({ host: address.host, port: address.port, autoSelectFamily: true })
  return until(socket, 'connect', address, limit)
}

/**
 * Makes the connection secure as the settings say; without TLS, which is for loopback only, it is as it was. The
 * certificate is always verified, against the pinned authority and the host of the address.
 *
 * StartTLS (RFC 4511 §4.14) is done here and not by ldapts for three reasons: ldapts would verify the name
 * `localhost` unless told otherwise; it keeps bytes that came in the clear and reads them after the handshake, by
 * which somebody in between can answer our bind; and it reconnects in the clear when the connection is cut.
 */
export async function secureSocket(
  plain: Socket,
  address: LdapAddress,
  settings: LdapSettings,
  limit: Deadline,
): Promise<Socket> {
  if (address.security === 'none') return plain
  if (address.security === 'startTls') await askForTls(plain, address, limit)
  const trust = tlsOptions(settings.ca === undefined ? {} : { ca: settings.ca })
  const name = isIP(address.host) === 0 ? { servername: address.host } : {}
  const socket = connectTls({ socket: plain, host: address.host, ...name, ...trust })
  return until(socket, 'secureConnect', address, limit)
}

function until<S extends Socket>(socket: S, event: string, address: LdapAddress, limit: Deadline): Promise<S> {
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown) => {
      socket.destroy()
      reject(limit.failure() ?? directoryFailure(address, thrown))
    }
    const abort = () => fail(limit.signal.reason)
    limit.signal.addEventListener('abort', abort, { once: true })
    if (limit.signal.aborted) abort()
    socket.once('error', fail)
    socket.once('close', () => fail(new Error('closed')))
    socket.once(event, () => {
      socket.removeAllListeners('error')
      socket.removeAllListeners('close')
      limit.signal.removeEventListener('abort', abort)
      // Nobody may be listening between now and the next step.
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}

async function askForTls(socket: Socket, address: LdapAddress, limit: Deadline): Promise<void> {
  socket.write(new ExtendedRequest({ messageId: startTlsMessageId, oid: startTlsOid }).write())
  const answer = await readMessage(socket, address, limit)
  if (resultOf(answer) !== 0)
    throw new AppError('unreachable', `${directoryName} does not offer StartTLS.`, {
      hint: 'Enable TLS on the server, or use ldaps://. Nothing is sent to it in the clear.',
      retryable: false,
    })
}

const maxAnswer = 4 * 1024

/** One LDAP message and not a byte more: what follows it in the clear was not sent by the directory (RFC 4513 §3.1.1). */
function readMessage(socket: Socket, address: LdapAddress, limit: Deadline): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0)
    const settle = (end: () => void) => {
      socket.removeAllListeners('data')
      socket.removeAllListeners('close')
      limit.signal.removeEventListener('abort', abort)
      end()
    }
    const fail = (thrown: unknown) =>
      settle(() => {
        socket.destroy()
        reject(limit.failure() ?? directoryFailure(address, thrown))
      })
    const abort = () => fail(limit.signal.reason)
    limit.signal.addEventListener('abort', abort, { once: true })
    socket.once('close', () => fail(new Error('closed')))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      const length = messageLength(received)
      if (received.length > maxAnswer || (length !== null && received.length > length)) fail(injected())
      else if (length === received.length)
        settle(() => {
          socket.pause()
          resolve(received)
        })
    })
  })
}

/** Of the BER sequence at the beginning, with its header; null while that is not known. */
function messageLength(bytes: Buffer): number | null {
  const first = bytes.at(1)
  if (first === undefined) return null
  if (first < 0x80) return 2 + first
  const octets = first & 0x7f
  if (octets > 4 || octets === 0) return 0
  return bytes.length < 2 + octets ? null : 2 + octets + bytes.readUIntBE(2, octets)
}

/** The result code of the ExtendedResponse (RFC 4511 §4.12), or null if it is none of ours. */
function resultOf(message: Buffer): number | null {
  try {
    const reader = new BerReader(message)
    reader.readSequence()
    if (reader.readInt() !== startTlsMessageId || reader.readSequence() !== 0x78) return null
    return reader.readEnumeration()
  } catch {
    return null
  }
}

const injected = (): AppError =>
  new AppError(
    'unreachable',
    `${directoryName} sent more than an answer before TLS began, which only an attacker does.`,
    {
      hint: 'Somebody may be between this machine and the directory: use ldaps:// and look into the network.',
      retryable: false,
    },
  )
