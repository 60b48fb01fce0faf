import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { createOnce } from '#main/engines/identity/once.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import { passkeyRefusal, registrationRefusal } from './passkey-refusal.ts'
import { assertionShape, attestationShape } from './passkey-response.ts'

/** A credential at rest. `id` and `publicKey` (COSE) are base64url; nothing here is secret. */
export type StoredPasskey = {
  readonly id: string
  readonly publicKey: string
  /** Of the last accepted signature; 0 for ever with passkeys that are synchronised between devices. */
  readonly counter: number
  readonly transports: readonly string[]
  /** What its owner calls it. */
  readonly name: string
}

/** Kept on the server side between the two halves of a ceremony; single use, for five minutes. */
export type PendingPasskey = {
  readonly purpose: 'registration' | 'authentication'
  readonly personId: string
  readonly challenge: string
  readonly expiresAt: number
}

export type Person = { readonly id: string; readonly name: string; readonly displayName: string }

export type PasskeySettings = {
  /** The domain the credentials are bound to: a host name without port, such as `localhost`. */
  readonly rpId: string
  readonly rpName: string
  /** Where the screens are served: `http://localhost:8765`, `https://ops.example.com`. */
  readonly origins: readonly string[]
}

export type Passkeys = {
  registrationOptions(
    person: Person,
    existing: readonly StoredPasskey[],
  ): Promise<{ readonly options: PublicKeyCredentialCreationOptionsJSON; readonly pending: PendingPasskey }>
  /** Verifies what the browser made; the caller stores the result. */
  register(pending: PendingPasskey, response: unknown, name: string): Promise<StoredPasskey>
  authenticationOptions(
    personId: string,
    existing: readonly StoredPasskey[],
  ): Promise<{ readonly options: PublicKeyCredentialRequestOptionsJSON; readonly pending: PendingPasskey }>
  /** The caller stores the returned counter on the condition that it still grows. */
  authenticate(
    pending: PendingPasskey,
    response: unknown,
    existing: readonly StoredPasskey[],
  ): Promise<{ readonly id: string; readonly counter: number }>
}

const ceremonyMs = 5 * 60_000

/** EdDSA, ES256, RS256: what authenticators have. */
const algorithms = [-8, -7, -257]

/**
 * Passkeys and security keys (Web Authentication Level 3, §7.1 and §7.2): user verification is always required, so
 * that one is a second factor by itself; challenge, origin, relying party and signature are checked, and a counter
 * that does not grow is refused as the sign of a cloned key (§6.1.1). Refusals are `unauthenticated`.
 */
export function createPasskeys(settings: PasskeySettings, { clock }: { readonly clock: Clock }): Passkeys {
  const ceremonies = createCeremonies(clock)
  return { ...registration(settings, ceremonies), ...authentication(settings, ceremonies) }
}

type Ceremonies = {
  begin(purpose: PendingPasskey['purpose'], personId: string, challenge: string): PendingPasskey
  /** Throws unless the challenge is for this purpose, in time, and presented for the first time. */
  spend(pending: PendingPasskey, purpose: PendingPasskey['purpose']): void
}

function createCeremonies(clock: Clock): Ceremonies {
  const once = createOnce(clock)
  return {
    begin: (purpose, personId, challenge) => ({ purpose, personId, challenge, expiresAt: clock.now() + ceremonyMs }),
    spend: (pending, purpose) => {
      if (pending.purpose !== purpose) throw refused('was asked for another purpose')
      if (pending.expiresAt <= clock.now()) throw refused('came too late: the question has expired')
      if (!once.spend(pending.challenge, pending.expiresAt)) throw refused('was used before')
    },
  }
}

const expectedBy = (settings: PasskeySettings, pending: PendingPasskey) => ({
  expectedOrigin: [...settings.origins],
  expectedRPID: settings.rpId,
  expectedChallenge: pending.challenge,
  requireUserVerification: true,
})

function registration(
  settings: PasskeySettings,
  { begin, spend }: Ceremonies,
): Pick<Passkeys, 'registrationOptions' | 'register'> {
  return {
    registrationOptions: async (person, existing) => {
      const options = await generateRegistrationOptions({
        rpID: settings.rpId,
        rpName: settings.rpName,
        userID: Uint8Array.from(Buffer.from(person.id)),
        userName: person.name,
        userDisplayName: person.displayName,
        timeout: ceremonyMs,
        attestationType: 'none',
        excludeCredentials: existing.map(descriptorOf),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        supportedAlgorithmIDs: algorithms,
      })
      return { options, pending: begin('registration', person.id, options.challenge) }
    },

    register: async (pending, response, name) => {
      spend(pending, 'registration')
      const parsed = attestationShape.safeParse(response)
      if (!parsed.success) throw refused('is not in the form that browsers send')
      const verified = await verifyRegistrationResponse({
        ...expectedBy(settings, pending),
        response: parsed.data,
        supportedAlgorithmIDs: algorithms,
      }).catch(registrationRefusal)
      if (!verified.verified) throw refused('does not carry a valid attestation')
      const { credential } = verified.registrationInfo
      return {
        id: credential.id,
        publicKey: Buffer.from(credential.publicKey).toString('base64url'),
        counter: credential.counter,
        transports: credential.transports ?? [],
        name,
      }
    },
  }
}

function authentication(
  settings: PasskeySettings,
  { begin, spend }: Ceremonies,
): Pick<Passkeys, 'authenticationOptions' | 'authenticate'> {
  return {
    authenticationOptions: async (personId, existing) => {
      const options = await generateAuthenticationOptions({
        rpID: settings.rpId,
        allowCredentials: existing.map(descriptorOf),
        timeout: ceremonyMs,
        userVerification: 'required',
      })
      return { options, pending: begin('authentication', personId, options.challenge) }
    },

    authenticate: async (pending, response, existing) => {
      spend(pending, 'authentication')
      const parsed = assertionShape.safeParse(response)
      if (!parsed.success) throw refused('is not in the form that browsers send')
      const stored = existing.find(({ id }) => id === parsed.data.id)
      if (stored === undefined) throw refused('belongs to a key that is not registered for this person')
      const { userHandle } = parsed.data.response
      if (userHandle !== undefined && Buffer.from(userHandle, 'base64url').toString() !== pending.personId)
        throw refused('belongs to another person')
      const verified = await verifyAuthenticationResponse({
        ...expectedBy(settings, pending),
        response: parsed.data,
        credential: {
          id: stored.id,
          publicKey: Uint8Array.from(Buffer.from(stored.publicKey, 'base64url')),
          counter: stored.counter,
        },
      }).catch(passkeyRefusal)
      if (!verified.verified) throw refused('carries a signature that is not by the registered key')
      return { id: stored.id, counter: verified.authenticationInfo.newCounter }
    },
  }
}

const descriptorOf = ({ id, transports }: StoredPasskey) => ({ id, transports: [...transports] })

const refused = (why: string): AppError =>
  new AppError('unauthenticated', `The answer of the passkey ${why}.`, {
    hint: 'Begin again and use your own passkey.',
  })
