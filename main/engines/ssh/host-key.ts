import { createHash } from 'node:crypto'
import { AppError } from '#preload/contract/error.ts'
import { connectionError } from './failure.ts'

/** What a host shows to prove that it is itself. */
export type HostKey = { readonly fingerprint: string; readonly type: string }

/** The fingerprint as OpenSSH writes it, of a key in the form of RFC 4253, 6.6. */
export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

const readWithinMs = 10_000

/** Asks an address for its key, and goes away before signing in. @throws AppError when there is none to be had. */
export async function readHostKey(
  { address, port }: { readonly address: string; readonly port: number },
  signal: AbortSignal,
): Promise<HostKey> {
  const { default: ssh2 } = await import('ssh2')
  const client = new ssh2.Client()
  const abort = (): void => void client.destroy()
  signal.addEventListener('abort', abort)
  try {
    return await new Promise<HostKey>((resolve, reject) => {
      client.on('error', (error) => reject(connectionError(error, { address, port })))
      client.on('close', () => reject(signal.reason ?? new AppError('unreachable', `${address} showed no key.`)))
      client.connect({
        ...{ host: address, port, username: 'framework0', readyTimeout: readWithinMs },
        hostVerifier: (key: Buffer) => {
          resolve({ fingerprint: fingerprintOf(key), type: typeOf(key) })
          return false
        },
      })
    })
  } finally {
    signal.removeEventListener('abort', abort)
    client.destroy()
  }
}

const typeOf = (key: Buffer): string => key.toString('latin1', 4, 4 + key.readUInt32BE(0))
