import { createHash, randomBytes } from 'node:crypto'
import { AppError } from '#preload/contract/error.ts'
import type { VaultStatus } from '#preload/security/access.ts'
import { dialectOf, isUniqueViolation } from '../store/portable.ts'
import type { Workspace } from '../store/workspace.ts'
import { deriveKey, seal, unseal } from './seal.ts'

/** The operating system's keychain, where the host has one that really encrypts. */
export type Keychain = {
  /** Why it cannot be used, or null. */
  readonly unavailable: () => Promise<string | null>
  readonly protect: (text: string) => Promise<string>
  readonly reveal: (sealed: string) => Promise<string>
}

/** The data key of a vault, as it is stored. */
export type WrappedKey = { readonly by: 'keychain' | 'passphrase'; readonly salt: string; readonly wrapped: string }

export type VaultTables = {
  /** One row: the data key, wrapped. */
  vault_key: { id: number; by: 'keychain' | 'passphrase'; salt: string; wrapped: string }
  vault_secret: { id: string; sealed: string }
}

/** Writes a sealed secret, in the transaction that writes what needs it. */
export type SecretWrite = (trx: Workspace) => Promise<void>

export type Vault = {
  readonly status: () => Promise<VaultStatus>
  /** @throws AppError `conflict` when there is a key already. */
  readonly create: (passphrase: string) => Promise<void>
  /** @throws AppError `forbidden` for a wrong passphrase. */
  readonly unlock: (passphrase: string) => Promise<void>
  readonly lock: () => void
  /** Seals a secret, to be written together with what needs it. @throws AppError `locked`. */
  readonly prepare: (id: string, text: string) => Promise<SecretWrite>
  /** @throws AppError `locked`. */
  readonly put: (id: string, text: string) => Promise<void>
  /** The secret, at the moment of use. @throws AppError `locked` or `not_found`. */
  readonly open: (id: string) => Promise<string>
  readonly remove: (ids: readonly string[]) => Promise<void>
  /**
   * For each of these that there is, what changes whenever it is set, even to the same. It is taken from what is stored,
   * sealed, so it tells nothing of the secret, and can be had while locked.
   */
  readonly fingerprints: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  /** The data key wrapped for a vault that is to be opened elsewhere; nothing is stored. @throws AppError `locked`. */
  readonly rewrap: (passphrase: string) => Promise<WrappedKey>
}

const keyPurpose = 'framework0 vault key'

/**
 * Secrets, sealed with AES-256-GCM under one random data key. The key is wrapped by the keychain, or by a key derived
 * from a passphrase; it is in memory only while unlocked, and nothing is ever stored in plain text.
 */
export async function openVault(workspace: Workspace, ownKeychain: Keychain | null): Promise<Vault> {
  const db = workspace.withTables<VaultTables>()
  const team = dialectOf(workspace) === 'postgres'
  // What one person's keychain wraps, the others of a team could not open.
  const keychain = team ? null : ownKeychain
  let key: Buffer | null = null

  const stored = () => db.selectFrom('vault_key').selectAll().executeTakeFirst()
  const keychainUnavailable = async (): Promise<string | null> =>
    keychain
      ? keychain.unavailable()
      : team
        ? 'A team shares this workspace; a passphrase that its members know protects the secrets.'
        : 'This host has no keychain; a passphrase protects the secrets instead.'

  const store = async (wrapped: WrappedKey, fresh: Buffer): Promise<void> => {
    try {
      await db
        .insertInto('vault_key')
        .values({ id: 1, ...wrapped })
        .execute()
    } catch (thrown) {
      if (isUniqueViolation(thrown)) throw hasKeyAlready()
      throw thrown
    }
    key = fresh
  }

  const first = await stored()
  if (first?.by === 'keychain' && keychain && (await keychain.unavailable()) === null)
    key = Buffer.from(await keychain.reveal(first.wrapped), 'base64')

  const requireKey = async (): Promise<Buffer> => {
    if (key) return key
    const exists = await stored()
    if (!exists && keychain && (await keychain.unavailable()) === null) {
      const fresh = randomBytes(32)
      await store({ by: 'keychain', salt: '', wrapped: await keychain.protect(fresh.toString('base64')) }, fresh)
      return fresh
    }
    if (exists)
      throw new AppError('locked', 'The vault is locked, so stored secrets cannot be used.', {
        hint: 'Unlock it with its passphrase.',
      })
    throw new AppError('locked', 'Secrets cannot be stored yet: the vault has no passphrase.', {
      hint: 'Choose a passphrase for the vault, then try again.',
    })
  }

  const prepare = async (id: string, text: string): Promise<SecretWrite> => {
    const sealed = seal(await requireKey(), id, text)
    return async (trx) => {
      await trx
        .withTables<VaultTables>()
        .insertInto('vault_secret')
        .values({ id, sealed })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ sealed }))
        .execute()
    }
  }

  return {
    prepare,
    async status() {
      const exists = await stored()
      return {
        state: key ? 'unlocked' : exists ? 'locked' : 'none',
        by: exists?.by ?? null,
        keychainUnavailable: await keychainUnavailable(),
      }
    },
    async create(passphrase) {
      if (await stored()) throw hasKeyAlready()
      const fresh = randomBytes(32)
      await store(await wrapFor(passphrase, fresh), fresh)
    },
    async unlock(passphrase) {
      const exists = await stored()
      if (!exists) throw new AppError('not_found', 'The vault has no passphrase yet.', { hint: 'Choose one first.' })
      if (exists.by === 'keychain')
        throw new AppError('unsupported', 'This vault is protected by the keychain of the desktop application.', {
          hint: 'Open this workspace in the desktop application, by the same user.',
        })
      const wrapping = await deriveKey(passphrase, Buffer.from(exists.salt, 'base64'))
      try {
        key = Buffer.from(unseal(wrapping, keyPurpose, exists.wrapped), 'base64')
      } catch {
        throw new AppError('forbidden', 'This is not the passphrase of the vault.', { hint: 'Try again.' })
      }
    },
    lock() {
      key?.fill(0)
      key = null
    },
    async put(id, text) {
      const write = await prepare(id, text)
      await write(workspace)
    },
    async open(id) {
      const dataKey = await requireKey()
      const row = await db.selectFrom('vault_secret').select('sealed').where('id', '=', id).executeTakeFirst()
      if (!row)
        throw new AppError('not_found', 'A stored secret is missing.', { hint: 'Enter it again in the connection.' })
      return unseal(dataKey, id, row.sealed)
    },
    async remove(ids) {
      if (ids.length > 0)
        await db
          .deleteFrom('vault_secret')
          .where('id', 'in', [...ids])
          .execute()
    },
    async fingerprints(ids) {
      if (ids.length === 0) return new Map()
      const rows = await db
        .selectFrom('vault_secret')
        .selectAll()
        .where('id', 'in', [...ids])
        .execute()
      return new Map(rows.map(({ id, sealed }) => [id, createHash('sha256').update(sealed).digest('hex').slice(0, 16)]))
    },
    rewrap: async (passphrase) => wrapFor(passphrase, await requireKey()),
  }
}

async function wrapFor(passphrase: string, key: Buffer): Promise<WrappedKey> {
  const salt = randomBytes(16)
  const wrapped = seal(await deriveKey(passphrase, salt), keyPurpose, key.toString('base64'))
  return { by: 'passphrase', salt: salt.toString('base64'), wrapped }
}

const hasKeyAlready = (): AppError =>
  new AppError('conflict', 'The vault has a passphrase already.', { hint: 'Unlock it instead.' })

export const vaultTables = [
  `create table vault_key (id integer primary key, by text not null, salt text not null, wrapped text not null)`,
  `create table vault_secret (id text primary key, sealed text not null)`,
] as const
