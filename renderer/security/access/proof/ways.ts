import type { Me, Proof } from '#preload/security/access.ts'

/** A way to prove that it is you: a proof, or signing in again. */
export type Way = Me['proofs'][number]

export const wayNames: Readonly<Record<Way, string>> = {
  passkey: 'Passkey or security key',
  totp: 'Code of the authenticator app',
  password: 'Password',
  passphrase: 'Passphrase of the vault',
  'recovery-code': 'Recovery code',
  'sign-in': 'Sign in again',
}

/** What is least trouble comes first; recovery codes are for when nothing else is left. */
const order: readonly Way[] = ['passkey', 'totp', 'password', 'passphrase', 'sign-in', 'recovery-code']

/** The ways in the order to offer them; one that this page cannot use is not the first. */
export const waysOf = (proofs: readonly Way[], passkeyUsable: boolean): readonly Way[] =>
  proofs.toSorted((left, right) => rank(left, passkeyUsable) - rank(right, passkeyUsable))

const rank = (way: Way, passkeyUsable: boolean): number =>
  way === 'passkey' && !passkeyUsable ? order.length : order.indexOf(way)

/** The proof of a way that is typed. */
export function typedProof(way: Exclude<Way, 'passkey' | 'sign-in'>, text: string): Proof {
  if (way === 'totp' || way === 'recovery-code') return { kind: way, code: text }
  return way === 'password' ? { kind: way, password: text } : { kind: way, passphrase: text }
}
