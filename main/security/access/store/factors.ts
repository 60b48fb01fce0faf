import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { StoredPasskey } from '../proof/passkey.ts'
import type { StoredRecoveryCode } from '../proof/recovery-codes.ts'

type KeptPasskey = StoredPasskey & { readonly createdAt: string; readonly lastUsedAt: string | null }

/** What somebody can prove themselves with. The secret of an authenticator app is in the vault, not here. */
export type StoredFactors = {
  readonly totp: { readonly lastStep: number | null } | null
  readonly passkeys: readonly KeptPasskey[]
  readonly recoveryCodes: readonly StoredRecoveryCode[]
}

type FactorTables = {
  totp: { identity: string; last_step: number | null; created_at: string }
  passkey: {
    id: string
    identity: string
    name: string
    public_key: string
    counter: number
    transports: string
    created_at: string
    last_used_at: string | null
  }
  recovery_code: { identity: string; position: number; salt: string; hash: string; used_at: string | null }
}

export function createFactorStore(workspace: Workspace) {
  const db = workspace.withTables<FactorTables>()
  const changed = (result: { readonly numUpdatedRows: bigint }): boolean => Number(result.numUpdatedRows) === 1
  const of = async (identity: string): Promise<StoredFactors> => {
    const totp = await db.selectFrom('totp').selectAll().where('identity', '=', identity).executeTakeFirst()
    const passkeys = await db
      .selectFrom('passkey')
      .selectAll()
      .where('identity', '=', identity)
      .orderBy('created_at')
      .execute()
    const codes = await db
      .selectFrom('recovery_code')
      .selectAll()
      .where('identity', '=', identity)
      .orderBy('position')
      .execute()
    return {
      totp: totp ? { lastStep: totp.last_step } : null,
      passkeys: passkeys.map(fromRow),
      recoveryCodes: codes.map(({ salt, hash, used_at }) => ({ salt, hash, usedAt: used_at })),
    }
  }

  return {
    of,

    /** How many confirmed factors each has, for the list of everybody. */
    async enrolled(): Promise<ReadonlyMap<string, StoredFactors>> {
      const ids = new Set([
        ...(await db.selectFrom('totp').select('identity').execute()).map(({ identity }) => identity),
        ...(await db.selectFrom('passkey').select('identity').distinct().execute()).map(({ identity }) => identity),
      ])
      const found = new Map<string, StoredFactors>()
      for (const id of ids) found.set(id, await of(id))
      return found
    },

    putTotp: async (identity: string, lastStep: number, at: string): Promise<void> => {
      await db
        .insertInto('totp')
        .values({ identity, last_step: lastStep, created_at: at })
        .onConflict((conflict) => conflict.column('identity').doUpdateSet({ last_step: lastStep, created_at: at }))
        .execute()
    },

    /** Spends a code. @returns false when one of the same or a later step was spent meanwhile. */
    spendTotp: async (identity: string, step: number): Promise<boolean> =>
      changed(
        await db
          .updateTable('totp')
          .set({ last_step: step })
          .where('identity', '=', identity)
          .where((is) => is.or([is('last_step', 'is', null), is('last_step', '<', step)]))
          .executeTakeFirst(),
      ),

    addPasskey: async (identity: string, passkey: StoredPasskey, at: string): Promise<void> => {
      await db
        .insertInto('passkey')
        .values({
          id: passkey.id,
          identity,
          name: passkey.name,
          public_key: passkey.publicKey,
          counter: passkey.counter,
          transports: JSON.stringify(passkey.transports),
          created_at: at,
          last_used_at: null,
        })
        .execute()
    },

    /** @returns false when the same key answered meanwhile with a counter that is not smaller. */
    spendPasskey: async (identity: string, id: string, before: number, counter: number, at: string): Promise<boolean> =>
      changed(
        await db
          .updateTable('passkey')
          .set({ counter, last_used_at: at })
          .where('identity', '=', identity)
          .where('id', '=', id)
          .where('counter', '=', before)
          .executeTakeFirst(),
      ),

    replaceRecoveryCodes: (identity: string, codes: readonly StoredRecoveryCode[]): Promise<void> =>
      db.transaction().execute(async (trx) => {
        await trx.deleteFrom('recovery_code').where('identity', '=', identity).execute()
        await trx
          .insertInto('recovery_code')
          .values(codes.map(({ salt, hash }, position) => ({ identity, position, salt, hash, used_at: null })))
          .execute()
      }),

    /** @returns false when it was spent meanwhile. */
    spendRecoveryCode: async (identity: string, position: number, at: string): Promise<boolean> =>
      changed(
        await db
          .updateTable('recovery_code')
          .set({ used_at: at })
          .where('identity', '=', identity)
          .where('position', '=', position)
          .where('used_at', 'is', null)
          .executeTakeFirst(),
      ),

    async remove(identity: string, kind: 'totp' | 'passkey', passkey?: string): Promise<void> {
      if (kind === 'totp') await db.deleteFrom('totp').where('identity', '=', identity).execute()
      else {
        const all = db.deleteFrom('passkey').where('identity', '=', identity)
        await (passkey === undefined ? all : all.where('id', '=', passkey)).execute()
      }
    },

    removeRecoveryCodes: async (identity: string): Promise<void> => {
      await db.deleteFrom('recovery_code').where('identity', '=', identity).execute()
    },
  }
}

export type FactorStore = ReturnType<typeof createFactorStore>

const fromRow = (row: FactorTables['passkey']): KeptPasskey => ({
  id: row.id,
  publicKey: row.public_key,
  counter: Number(row.counter), // a 64-bit number comes as text from PostgreSQL
  transports: JSON.parse(row.transports),
  name: row.name,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
})

export const factorTables = [
  'create table totp (identity text primary key references identity (id), last_step integer, created_at text not null)',
  `create table passkey (
    id text primary key, identity text not null references identity (id), name text not null, public_key text not null,
    counter bigint not null, transports text not null, created_at text not null, last_used_at text
  )`,
  'create index passkey_by_identity on passkey (identity)',
  `create table recovery_code (
    identity text not null references identity (id), position integer not null, salt text not null, hash text not null,
    used_at text, primary key (identity, position)
  )`,
] as const
