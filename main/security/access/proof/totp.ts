import { randomBytes, timingSafeEqual } from 'node:crypto'
import { generateSync, generateURI, ScureBase32Plugin } from 'otplib'

export type TotpParameters = {
  readonly algorithm?: 'sha1' | 'sha256' | 'sha512'
  readonly digits?: 6 | 7 | 8
  /** Seconds a code lasts. */
  readonly period?: number
}

export type NewTotp = {
  /** Base32 (RFC 4648) of 160 random bits; belongs into the vault. */
  readonly secret: string
  /** `otpauth://totp/…` for the QR code; contains the secret. */
  readonly uri: string
}

const base32 = new ScureBase32Plugin()

/** How many steps the clock of a phone may be off, either way (RFC 6238 §5.2 advises one). */
const window = 1

/** A fresh secret for one account. SHA-1, 6 digits and 30 s, which is all that most authenticator apps support. */
export function newTotp(account: string, issuer: string): NewTotp {
  const secret = base32.encode(randomBytes(20), { padding: false })
  return { secret, uri: generateURI({ issuer, label: account, secret, algorithm: 'sha1', digits: 6, period: 30 }) }
}

/** The code of one time step (RFC 6238 §4). `secret` is base32, in either case; blanks in it are ignored. */
export function totpCode(secret: string, step: number, parameters: TotpParameters = {}): string {
  const { algorithm = 'sha1', digits = 6, period = 30 } = parameters
  const key = base32.decode(secret.replace(/[\s=]/g, '').toUpperCase())
  return generateSync({ secret: key, epoch: step * period, algorithm, digits, period })
}

/**
 * Checks a code against the steps around `at` (milliseconds since the epoch) that are later than `lastStep`, the step
 * of the last accepted code: a code seen over a shoulder cannot be used again (RFC 6238 §5.2). The caller must store
 * the returned step in the same transaction that accepts the code.
 *
 * @returns the step that matched, or null.
 */
export function verifyTotp(
  secret: string,
  code: string,
  options: TotpParameters & { readonly at: number; readonly lastStep: number | null },
): { readonly step: number } | null {
  const { digits = 6, period = 30 } = options
  const presented = code.replace(/\s/g, '')
  if (presented.length !== digits || !/^[0-9]+$/.test(presented)) return null
  const now = Math.floor(options.at / 1000 / period)
  let matched: number | null = null
  // Every step is compared, whichever matches, so that the time taken tells nothing.
  for (let step = Math.max(0, now - window); step <= now + window; step++) {
    const same = timingSafeEqual(Buffer.from(totpCode(secret, step, options)), Buffer.from(presented))
    if (same && step > (options.lastStep ?? -1)) matched ??= step
  }
  return matched === null ? null : { step: matched }
}
