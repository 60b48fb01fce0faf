import { AppError } from '#preload/contract/error.ts'
import type { SshKey } from './connection.ts'

/** Refuses text that is no private key, or one that the passphrase does not open. @throws AppError `invalid`. */
export async function checkPrivateKey({ privateKey, passphrase }: SshKey): Promise<void> {
  const { default: ssh2 } = await import('ssh2')
  const parsed = ssh2.utils.parseKey(privateKey, passphrase === '' ? undefined : passphrase)
  if (parsed instanceof Error) throw refusal(parsed.message, passphrase !== '')
  const [key] = Array.isArray(parsed) ? parsed : [parsed]
  if (!key?.isPrivateKey())
    throw new AppError('invalid', 'This is a public key.', {
      hint: 'Give the private one: the file without .pub.',
      at: 'privateKey',
    })
}

/** The parser's words may quote what it read. */
function refusal(message: string, given: boolean): AppError {
  if (/encrypted/i.test(message) && !given)
    return new AppError('invalid', 'The private key is encrypted.', { hint: 'Give its passphrase.', at: 'passphrase' })
  if (/passphrase|integrity check|decrypt/i.test(message))
    return new AppError('invalid', 'The passphrase does not open the private key.', { at: 'passphrase' })
  return new AppError('invalid', 'This is no private key that can be read.', {
    hint: 'Give the text of an OpenSSH or PEM file, from BEGIN to END.',
    at: 'privateKey',
  })
}
