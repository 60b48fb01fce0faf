import { once } from 'node:events'
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { deadline } from '#main/engines/http/deadline.ts'
import { type TlsTrust, tlsOptions } from '#main/engines/http/endpoint.ts'
import { connectionFailure } from '#main/engines/http/failure.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AuditEntry } from '#preload/security/audit.ts'
import { frame, syslogMessage } from './syslog-message.ts'
import type { Target } from './target.ts'

export type SyslogPlace = {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly tls: TlsTrust
}

type SyslogOptions = { readonly timeoutMs?: number }

/**
 * Syslog over TLS (RFC 5425). The protocol has no acknowledgement, and bytes that left this machine may still be lost in
 * the buffers of a connection that breaks. What can be known is the end: a receiver answers our close only after it has
 * read everything before it (section 4.4). So each batch has its connection, the batch counts as taken when the receiver
 * closed in answer, and otherwise the whole batch is sent again. That it was read does not mean that it is on disk there.
 *
 * A receiver that refuses us (in TLS 1.3 a client certificate is judged after our handshake is over) closes too, unasked.
 * To tell the two apart, our close is held back for a few round trips: who closes before it has taken nothing.
 */
export function syslogTarget(place: SyslogPlace, hostname: string, { timeoutMs = 30_000 }: SyslogOptions = {}): Target {
  const options = tlsOptions(place.tls)
  const address = new URL(`https://${isIP(place.host) === 6 ? `[${place.host}]` : place.host}:${place.port}`)
  return {
    async deliver(entries, signal) {
      using limit = deadline(place.name, timeoutMs, signal)
      const named = isIP(place.host) === 0 ? { servername: place.host } : {}
      const socket = connect({ ...options, ...named, host: place.host, port: place.port, minVersion: 'TLSv1.2' })
      try {
        await send(socket, entries, hostname, limit.signal)
        return { kind: 'taken' }
      } catch (thrown) {
        const failure = limit.failure() ?? (thrown instanceof AppError ? thrown : null)
        throw failure ?? connectionFailure(place.name, address, thrown)
      } finally {
        socket.destroy()
      }
    },
    close: () => Promise.resolve(),
  }
}

async function send(
  socket: TLSSocket,
  entries: readonly AuditEntry[],
  hostname: string,
  signal: AbortSignal,
): Promise<void> {
  const failure = new Promise<never>((_, reject) => {
    socket.once('error', reject)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    if (signal.aborted) reject(signal.reason)
  })
  failure.catch(() => {})
  const within = <T>(work: Promise<T>): Promise<T> => Promise.race([work, failure])
  const began = performance.now()
  await within(once(socket, 'secureConnect'))
  const heldBackMs = Math.max(shortestHoldMs, 4 * (performance.now() - began))
  const ended = once(socket.resume(), 'end')
  ended.catch(() => {})
  const unasked = ended.then(() => Promise.reject(hungUp()))
  unasked.catch(() => {})
  for (const entry of entries)
    if (!socket.write(frame(syslogMessage(entry, hostname))))
      await within(Promise.race([once(socket, 'drain'), unasked]))
  await within(Promise.race([sleep(heldBackMs), unasked]))
  socket.end()
  await within(ended)
}

const shortestHoldMs = 200

const hungUp = (): Error => Object.assign(new Error('The receiver closed first.'), { code: 'ECONNRESET' })
