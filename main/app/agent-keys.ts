import { keyedOf, withKeys } from '#main/integration/gateway/certificate-keys.ts'
import type { PlaneConfigInput } from '#main/integration/gateway/plane/config.ts'
import { AppError } from '#preload/contract/error.ts'

/**
 * The private keys that are in force, by their certificate. An application that starts with its vault locked cannot give
 * them again; what the gateway serves must not end for that.
 */
export function createKeyMemory() {
  let known: ReadonlyMap<string, string> = new Map()
  return {
    /** The configuration with the keys that it leaves out. @throws AppError `locked` when one was never given. */
    filled: (config: PlaneConfigInput): PlaneConfigInput =>
      withKeys(config, ({ certificate, privateKey }) => {
        const key = privateKey === '' ? known.get(certificate) : privateKey
        if (key !== undefined) return key
        throw new AppError('locked', 'The vault is locked, so the private key of its certificate cannot be used.', {
          hint: 'Unlock the vault.',
        })
      }),
    /** Remembers the keys of what is in force now, and no others. */
    keep(config: PlaneConfigInput): void {
      known = new Map(keyedOf(config).map(({ certificate, privateKey }) => [certificate, privateKey] as const))
    },
  }
}
