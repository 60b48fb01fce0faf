import type { Socket } from 'node:net'
import { Client, type Entry, type SearchOptions } from 'ldapts'
import type { Deadline } from '#main/engines/http/deadline.ts'
import { AppError } from '#preload/contract/error.ts'
import { openSocket, secureSocket } from './connect.ts'
import { directoryFailure, directoryName } from './failure.ts'
import type { LdapAddress, LdapSettings } from './settings.ts'

/** One connection to a directory. Its failures are AppErrors, but for the result codes of `bind`, which pass through. */
export type Directory = {
  bind(dn: string, password: string): Promise<void>
  search(base: string, options: SearchOptions): Promise<readonly Entry[]>
  close(): void
}

/** For one connection; a person with a thousand groups is some 200 KB. */
const maxBytes = 8 * 1024 ** 2

export async function openDirectory(address: LdapAddress, settings: LdapSettings, limit: Deadline): Promise<Directory> {
  const plain = await openSocket(address, limit)
  return directoryOn(await secureSocket(plain, address, settings, limit), address, limit)
}

/** LDAP over an open socket and no other: when it ends, so does this, whatever the client would do. */
export function directoryOn(socket: Socket, address: LdapAddress, limit: Deadline): Directory {
  let tooLarge: AppError | null = null
  let handedOver = false
  const client = new Client({
    url: `ldap://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`,
    createConnection: () => {
      if (handedOver || socket.destroyed) throw directoryFailure(address, new Error('closed'))
      handedOver = true
      let received = 0
      socket.on('data', (chunk) => {
        received += chunk.length
        if (received <= maxBytes) return
        tooLarge = answerTooLarge()
        socket.destroy()
      })
      return socket
    },
  })
  const abort = () => socket.destroy()
  limit.signal.addEventListener('abort', abort, { once: true })
  if (limit.signal.aborted) abort()

  const failure = (thrown: unknown): AppError => limit.failure() ?? tooLarge ?? directoryFailure(address, thrown)
  return {
    bind: (dn, password) =>
      client.bind(dn, password).catch((thrown: unknown) => {
        const answered = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number'
        throw answered && limit.failure() === null ? thrown : failure(thrown)
      }),
    // Referrals are in the answer as `searchReferences`, and end here (RFC 4511 §4.5.3).
    search: (base, options) =>
      client.search(base, options).then(
        ({ searchEntries }) => searchEntries,
        (thrown: unknown) => {
          throw failure(thrown)
        },
      ),
    close: () => {
      limit.signal.removeEventListener('abort', abort)
      socket.destroy()
    },
  }
}

const answerTooLarge = (): AppError =>
  new AppError('too_large', `${directoryName} sent more than the 8 MiB that are accepted for one sign-in.`, {
    hint: 'Narrow the filters, or turn nested groups off.',
  })
