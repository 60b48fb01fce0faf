import type { Client } from 'ssh2'
import { AppError } from '#preload/contract/error.ts'
import { connectionError, otherHostKey } from './failure.ts'
import { fingerprintOf } from './host-key.ts'

/** A host, whom to be there, and the key that it was confirmed to have. */
export type SshPlace = {
  readonly address: string
  readonly port: number
  readonly user: string
  readonly hostKey: string
}

export type SshKey = { readonly privateKey: string; readonly passphrase: string }

export type Connection = {
  /** The open connection; opens one where there is none. @throws AppError, the same for a moment after a failure. */
  readonly client: () => Promise<Client>
  readonly close: () => void
}

const connectWithinMs = 8_000
/** A host that fell silent is known to be gone after 15 seconds. */
const keepalive = { keepaliveInterval: 5_000, keepaliveCountMax: 2 }
/** So long a failed try stands for the next ones, so that a dead host is not waited for at every look. */
const failureHoldsMs = 4_000

/** One connection to a host that is kept, and opened again when it was lost. The key is asked for at that moment only. */
export function keepConnection(place: SshPlace, key: () => Promise<SshKey>): Connection {
  let current: Promise<Client> | null = null
  let open: Client | null = null
  let failure: { readonly error: unknown; readonly at: number } | null = null
  let closed = false

  const connect = async (): Promise<Client> => {
    const [{ default: ssh2 }, { privateKey, passphrase }] = await Promise.all([import('ssh2'), key()])
    const client = new ssh2.Client()
    await new Promise<void>((resolve, reject) => {
      let found: string | null = null
      client.on('ready', resolve)
      client.on('error', (error) =>
        reject(
          found !== null && found !== place.hostKey
            ? otherHostKey(place, place.hostKey, found)
            : connectionError(error, place),
        ),
      )
      client.on('close', () => {
        reject(connectionError({ code: 'ECONNRESET' }, place))
        if (open === client) current = open = null
      })
      client.connect({
        ...{ host: place.address, port: place.port, username: place.user, privateKey, ...keepalive },
        ...(passphrase === '' ? {} : { passphrase }),
        ...{ readyTimeout: connectWithinMs, authHandler: ['publickey'] },
        hostVerifier: (shown: Buffer) => {
          found = fingerprintOf(shown)
          return found === place.hostKey
        },
      })
    })
    if (closed) client.destroy()
    else open = client
    return client
  }

  return {
    async client() {
      if (closed) throw new AppError('cancelled', `The connection to ${place.address} was closed here.`)
      if (failure && performance.now() - failure.at < failureHoldsMs) throw failure.error
      current ??= connect().catch((error: unknown) => {
        failure = { error, at: performance.now() }
        current = null
        throw error
      })
      const client = await current
      failure = null
      return client
    },
    close() {
      closed = true
      open?.end()
    },
  }
}
