import { AppError } from '#preload/contract/error.ts'
import type { PlaneConfig } from './config.ts'
import { serverNames } from './server-names.ts'

/** @throws AppError `invalid` for a certificate that does not parse or is not its key's; without its text. */
export function checkCertificates({ listeners }: PlaneConfig): void {
  for (const [index, listener] of listeners.entries()) {
    if (listener.protocol !== 'https') continue
    try {
      serverNames([listener])
    } catch {
      throw new AppError('invalid', `The certificates of the listener “${listener.name}” cannot be used.`, {
        at: `listeners.${index}.certificates`,
        hint: 'Give PEM texts, the chain with the leaf first, and the private key that belongs to it.',
      })
    }
  }
}
