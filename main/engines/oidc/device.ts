import {
  type Configuration,
  initiateDeviceAuthorization,
  pollDeviceAuthorizationGrant,
  type TokenEndpointResponse,
} from 'openid-client'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import { isSecure, type OidcSettings, scopeOf } from './settings.ts'

export type DeviceSignIn<T> = {
  /** To be typed at `verificationUri`, on any other device. */
  readonly userCode: string
  readonly verificationUri: string
  /** With the code in it, for a QR code; not every provider gives one. */
  readonly verificationUriComplete: string | null
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** Resolves when the person has signed in there; polls as slowly as the provider asks. Once only. */
  wait(signal?: AbortSignal): Promise<T>
}

type Poll = (configuration: Configuration) => Promise<TokenEndpointResponse>

/** Sign-in on another device (RFC 8628): `complete` runs the polling and verifies what it brings. */
export async function beginDevice<T>(
  configuration: Configuration,
  { settings, clock }: { readonly settings: OidcSettings; readonly clock: Clock },
  complete: (poll: Poll, signal: AbortSignal) => Promise<T>,
): Promise<DeviceSignIn<T>> {
  const device = await initiateDeviceAuthorization(configuration, { scope: scopeOf(settings) })
  let waited = false

  const wait = async (signal?: AbortSignal): Promise<T> => {
    if (waited) throw new AppError('invalid', 'This device sign-in is already being waited for.')
    waited = true
    const expiry = AbortSignal.timeout(device.expires_in * 1000)
    const either = AbortSignal.any(signal === undefined ? [expiry] : [expiry, signal])
    const poll: Poll = (current) => pollDeviceAuthorizationGrant(current, device, undefined, { signal: either })
    const completing = complete(poll, either)
    completing.catch(() => undefined)
    return Promise.race([completing, aborted(either)]).catch((thrown: unknown) => {
      if (signal?.aborted) throw new AppError('cancelled', 'The sign-in was cancelled.', { cause: thrown })
      throw expiry.aborted ? expired(thrown) : thrown
    })
  }

  return {
    userCode: device.user_code,
    verificationUri: shown(device.verification_uri, settings),
    verificationUriComplete:
      device.verification_uri_complete === undefined ? null : shown(device.verification_uri_complete, settings),
    expiresAt: clock.now() + device.expires_in * 1000,
    wait,
  }
}

/** openid-client looks at the signal only between its waits, which last seconds. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

/** An address that people are told to open: never one that a browser would run (`javascript:`). */
function shown(address: string, settings: OidcSettings): string {
  const url = URL.parse(address)
  if (url !== null && isSecure(url, settings)) return url.href
  throw new AppError('unauthenticated', 'The identity provider shows an address that is not safe to open.', {
    hint: 'Tell the owner of the identity provider.',
  })
}

const expired = (cause: unknown): AppError =>
  new AppError('unauthenticated', 'Nobody signed in with this code before it expired.', { hint: 'Begin again.', cause })
