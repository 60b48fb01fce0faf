import { AppError } from '#preload/contract/error.ts'

/** By what @simplewebauthn/server throws; its own sentences hold challenges and are not shown. */
const reasons: readonly (readonly [RegExp, string, string])[] = [
  [/challenge/i, 'answers another question than the one that was asked', 'Begin again.'],
  [
    /origin/i,
    'was made for another page than this application’s',
    'Open the application at its own address. If you were led elsewhere, somebody may be phishing for you.',
  ],
  [/RP ID/i, 'is bound to another domain than this application’s', 'Use the passkey that you made here.'],
  [
    /user verification|user could not be verified/i,
    'was given without a check of who holds it (PIN, fingerprint or face)',
    'Set a PIN on the security key, then use it again.',
  ],
  [
    /counter/i,
    'has a counter that went backwards, the sign of a copied key',
    'Do not use this key any more: remove it, and have a security officer look at recent sign-ins.',
  ],
  [/alg/i, 'uses an algorithm that is not accepted', 'Use another key.'],
]

function refusal(subject: string, thrown: unknown): AppError {
  const message = thrown instanceof Error ? thrown.message : ''
  const [, why, hint] = reasons.find(([pattern]) => pattern.test(message)) ?? [
    null,
    'is damaged or forged: it does not verify',
    'Begin again and use your own passkey.',
  ]
  return new AppError('unauthenticated', `The ${subject} ${why}.`, { hint, cause: thrown })
}

/** Throws why a sign-in by passkey was refused. */
export function passkeyRefusal(thrown: unknown): never {
  throw refusal('answer of the passkey', thrown)
}

/** Throws why a new passkey was refused. */
export function registrationRefusal(thrown: unknown): never {
  throw refusal('new passkey', thrown)
}
