import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { SecretWrite } from '#main/kernel/vault/vault.ts'

/** A certificate with its chain (PEM). Its private key, where it has one, is in the vault. */
export type StoredCertificate = {
  readonly name: string
  readonly chain: string
  readonly hasKey: boolean
  readonly updatedAt: string
}

type CertificateTables = {
  gateway_certificate: { name: string; chain: string; has_key: number; updated_at: string }
}

/** The certificates that the files of the gateway take. */
export function createCertificateStore(workspace: Workspace) {
  const db = workspace.withTables<CertificateTables>()
  return {
    list: async (): Promise<StoredCertificate[]> =>
      (await db.selectFrom('gateway_certificate').selectAll().orderBy('name').execute()).map(fromRow),

    /** Adds or replaces it together with its key, or neither. */
    save: ({ name, chain, hasKey, updatedAt }: StoredCertificate, writeKey: SecretWrite): Promise<void> =>
      workspace.transaction().execute(async (trx) => {
        const row = { chain, has_key: hasKey ? 1 : 0, updated_at: updatedAt }
        await trx
          .withTables<CertificateTables>()
          .insertInto('gateway_certificate')
          .values({ name, ...row })
          .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
          .execute()
        await writeKey(trx)
      }),

    remove: async (name: string): Promise<void> => {
      await db.deleteFrom('gateway_certificate').where('name', '=', name).execute()
    },
  }
}

export type CertificateStore = ReturnType<typeof createCertificateStore>

const fromRow = (row: CertificateTables['gateway_certificate']): StoredCertificate => ({
  name: row.name,
  chain: row.chain,
  hasKey: row.has_key === 1,
  updatedAt: row.updated_at,
})

export const gatewayCertificateTables = [
  'create table gateway_certificate (name text primary key, chain text not null, has_key integer not null, updated_at text not null)',
] as const
