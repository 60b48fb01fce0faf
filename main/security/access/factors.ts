import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { SecondFactors } from '#preload/security/factors.ts'
import type { Passkeys, PendingPasskey, Person } from './proof/passkey.ts'
import { findRecoveryCode, newRecoveryCodes, unusedRecoveryCodes } from './proof/recovery-codes.ts'
import type { FactorStore, StoredFactors } from './store/factors.ts'

type Ports = { readonly store: FactorStore; readonly vault: Vault; readonly clock: Clock }
type Kind = 'totp' | 'passkey'

const product = 'Framework0'
const enrolmentMs = 10 * 60_000
const mostPending = 10_000
const totpSecret = (identity: string): string => `access/totp/${identity}`

type Pending = { readonly until: number } & (
  | { readonly kind: 'totp'; readonly secret: string }
  | { readonly kind: 'passkey'; readonly passkey: PendingPasskey; readonly origin: string }
)

/** Loaded at first use: most starts prove nothing, and the libraries below would cost each of them 0.2 s. */
const loadTotp = () => import('./proof/totp.ts')
const loadPasskeys = () => import('./proof/passkey.ts')

/** Second factors: enrolling, proving and losing them. What is begun is remembered for the session that began it. */
export function createFactors({ store: kept, vault, clock }: Ports) {
  /** What everybody has, for screens that ask all the time; proofs themselves are checked against the store. */
  const seen = new Map<string, SecondFactors>()
  const store = forgetting(kept, (identity) => seen.delete(identity))
  const pending = new Map<string, Pending>()
  const relyingParties = new Map<string, Passkeys>()

  const remember = (session: string, what: Pending): void => {
    if (pending.size >= mostPending) for (const [id, { until }] of pending) if (until <= clock.now()) pending.delete(id)
    pending.set(`${what.kind} ${session}`, what)
  }
  const recall = <K extends Kind>(session: string, kind: K): Extract<Pending, { kind: K }> => {
    const found = pending.get(`${kind} ${session}`)
    if (found && found.until > clock.now()) return found as Extract<Pending, { kind: K }>
    throw new AppError('invalid', 'This was not begun, or took longer than ten minutes.', { hint: 'Begin again.' })
  }

  /** Passkeys are bound to the domain of the page (WebAuthn Level 3, §5.1.2), so they need a page with a name. */
  const relyingParty = async (origin: string | null): Promise<{ passkeys: Passkeys; origin: string }> => {
    const host = origin === null ? '' : new URL(origin).hostname
    if (origin === null || /^[\d.]+$|:|^\[/.test(host))
      throw new AppError('unsupported', 'Passkeys work only in a browser, at an address with a name.', {
        hint: 'Open the application in a browser by its name (https://ops.example, or http://localhost), or use a code.',
      })
    const { createPasskeys } = await loadPasskeys()
    const known =
      relyingParties.get(origin) ?? createPasskeys({ rpId: host, rpName: product, origins: [origin] }, { clock })
    relyingParties.set(origin, known)
    return { passkeys: known, origin }
  }

  /** Recovery codes come with the first factor. */
  const firstCodes = async (identity: string): Promise<readonly string[]> =>
    unusedRecoveryCodes((await store.of(identity)).recoveryCodes) > 0 ? [] : renewCodes(identity)

  const renewCodes = async (identity: string): Promise<readonly string[]> => {
    const { codes, stored } = await newRecoveryCodes()
    await store.replaceRecoveryCodes(identity, stored)
    return codes
  }

  const parsed = (response: string): unknown => {
    try {
      return JSON.parse(response)
    } catch {
      throw new AppError('invalid', 'The answer of the passkey is not JSON.', { hint: 'Begin again.' })
    }
  }

  return {
    of: store.of,
    has: async (identity: string): Promise<boolean> => hasFactor(await store.of(identity)),
    shown: async (identity: string): Promise<SecondFactors> => shownFactors(await store.of(identity)),
    enrolled: store.enrolled,
    async known(identity: string): Promise<SecondFactors> {
      const factors = seen.get(identity) ?? shownFactors(await store.of(identity))
      seen.set(identity, factors)
      return factors
    },
    forgetSeen: (): void => seen.clear(),

    async beginTotp(session: string, account: string) {
      const { newTotp } = await loadTotp()
      const { secret, uri } = newTotp(account, product)
      remember(session, { kind: 'totp', secret, until: clock.now() + enrolmentMs })
      return { secret, uri }
    },

    /** @returns recovery codes, where there were none. */
    async confirmTotp(session: string, identity: string, code: string): Promise<readonly string[]> {
      const { verifyTotp } = await loadTotp()
      const { secret } = recall(session, 'totp')
      const matched = verifyTotp(secret, code, { at: clock.now(), lastStep: null })
      if (!matched) throw wrongCode()
      await vault.put(totpSecret(identity), secret)
      await store.putTotp(identity, matched.step, iso(clock.now()))
      pending.delete(`totp ${session}`)
      return firstCodes(identity)
    },

    async beginPasskey(session: string, person: Person, origin: string | null): Promise<string> {
      const party = await relyingParty(origin)
      const { passkeys: existing } = await store.of(person.id)
      const { options, pending: passkey } = await party.passkeys.registrationOptions(person, existing)
      remember(session, { kind: 'passkey', passkey, origin: party.origin, until: passkey.expiresAt })
      return JSON.stringify(options)
    },

    async confirmPasskey(session: string, identity: string, name: string, response: string) {
      const { passkey, origin } = recall(session, 'passkey')
      pending.delete(`passkey ${session}`)
      if (passkey.personId !== identity) throw new AppError('forbidden', 'Somebody else began to enrol this passkey.')
      const made = await (await relyingParty(origin)).passkeys.register(passkey, parsed(response), name)
      await store.addPasskey(identity, made, iso(clock.now()))
      return firstCodes(identity)
    },

    async challenge(session: string, identity: string, origin: string | null): Promise<string> {
      const { passkeys: existing } = await store.of(identity)
      if (existing.length === 0)
        throw new AppError('not_found', 'You have no passkey here.', { hint: 'Use another proof.' })
      const party = await relyingParty(origin)
      const { options, pending: passkey } = await party.passkeys.authenticationOptions(identity, existing)
      remember(session, { kind: 'passkey', passkey, origin: party.origin, until: passkey.expiresAt })
      return JSON.stringify(options)
    },

    async provePasskey(session: string, identity: string, response: string): Promise<void> {
      const { passkey, origin } = recall(session, 'passkey')
      pending.delete(`passkey ${session}`)
      if (passkey.personId !== identity) throw new AppError('forbidden', 'This passkey was asked of somebody else.')
      const { passkeys: existing } = await store.of(identity)
      const { id, counter } = await (await relyingParty(origin)).passkeys.authenticate(
        passkey,
        parsed(response),
        existing,
      )
      const before = existing.find((candidate) => candidate.id === id)?.counter ?? 0
      if (!(await store.spendPasskey(identity, id, before, counter, iso(clock.now())))) throw wrongCode()
    },

    async proveTotp(identity: string, code: string): Promise<void> {
      const { totp } = await store.of(identity)
      if (!totp) throw wrongCode()
      const { verifyTotp } = await loadTotp()
      const secret = await vault.open(totpSecret(identity))
      const matched = verifyTotp(secret, code, { at: clock.now(), lastStep: totp.lastStep })
      if (!matched || !(await store.spendTotp(identity, matched.step))) throw wrongCode()
    },

    async proveRecoveryCode(identity: string, code: string): Promise<void> {
      const { recoveryCodes } = await store.of(identity)
      const found = await findRecoveryCode(recoveryCodes, code)
      if (!found || !(await store.spendRecoveryCode(identity, found.index, iso(clock.now())))) throw wrongCode()
    },

    renewCodes,

    async remove(identity: string, kind: Kind, id: string | undefined): Promise<SecondFactors> {
      if (kind === 'passkey' && id === undefined) throw new AppError('invalid', 'Say which passkey.', { at: 'id' })
      await store.remove(identity, kind, id)
      if (kind === 'totp') await vault.remove([totpSecret(identity)])
      if (!hasFactor(await store.of(identity))) await store.removeRecoveryCodes(identity)
      return shownFactors(await store.of(identity))
    },

    async reset(identity: string): Promise<void> {
      await store.remove(identity, 'totp')
      await store.remove(identity, 'passkey')
      await store.removeRecoveryCodes(identity)
      await vault.remove([totpSecret(identity)])
    },
  }
}

/** The same store, telling whose factors changed. */
function forgetting(store: FactorStore, forget: (identity: string) => void): FactorStore {
  const changing =
    <A extends readonly unknown[], R>(change: (identity: string, ...rest: A) => Promise<R>) =>
    async (identity: string, ...rest: A): Promise<R> => {
      const result = await change(identity, ...rest)
      forget(identity)
      return result
    }
  return {
    ...store,
    putTotp: changing(store.putTotp),
    addPasskey: changing(store.addPasskey),
    spendPasskey: changing(store.spendPasskey),
    replaceRecoveryCodes: changing(store.replaceRecoveryCodes),
    spendRecoveryCode: changing(store.spendRecoveryCode),
    remove: changing(store.remove),
    removeRecoveryCodes: changing(store.removeRecoveryCodes),
  }
}

export type Factors = ReturnType<typeof createFactors>

export const hasFactor = ({ totp, passkeys }: StoredFactors): boolean => totp !== null || passkeys.length > 0

export const shownFactors = ({ totp, passkeys, recoveryCodes }: StoredFactors): SecondFactors => ({
  totp: totp !== null,
  passkeys: passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({ id, name, createdAt, lastUsedAt })),
  recoveryCodesLeft: unusedRecoveryCodes(recoveryCodes),
})

const wrongCode = (): AppError =>
  new AppError('unauthenticated', 'This code is wrong, or was used before.', {
    hint: 'Wait for the next code, or use another proof.',
  })
