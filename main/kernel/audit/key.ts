import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { asAppError } from '#preload/contract/error.ts'
import { type Clock, iso } from '../clock.ts'
import type { Workspace } from '../store/workspace.ts'
import type { Vault } from '../vault/vault.ts'
import { type NoteKey, noteKey } from './note.ts'
import { inTransaction, isShared, takeTurn } from './rows.ts'
import type { AuditTables } from './tables.ts'

const secretId = 'audit/log-key'

/** The key that signs the checkpoints of the log: Ed25519, private in the vault, public for everybody. */
export type LogKey = {
  /** The private key, at the moment of use; made when there is none. Null while the vault is locked or not there. */
  readonly open: (name: string) => Promise<KeyObject | null>
  /** Every key the log was ever signed by. */
  readonly all: () => Promise<readonly NoteKey[]>
}

export function createLogKey(workspace: Workspace, vault: Vault, clock: Clock): LogKey {
  const db = workspace.withTables<AuditTables>()

  const isOpen = async (): Promise<boolean> => {
    const { state, keychainUnavailable } = await vault.status()
    return state === 'unlocked' || (state === 'none' && keychainUnavailable === null)
  }

  const stored = async (): Promise<KeyObject | null> => {
    try {
      return createPrivateKey({ key: Buffer.from(await vault.open(secretId), 'base64'), format: 'der', type: 'pkcs8' })
    } catch (thrown) {
      if (asAppError(thrown).code === 'not_found') return null
      throw thrown
    }
  }

  const make = async (name: string): Promise<KeyObject> => {
    const before = await stored()
    if (before) return before
    const { privateKey } = generateKeyPairSync('ed25519')
    await vault.put(secretId, privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'))
    const { id, publicKey } = noteKey(name, privateKey)
    const now = iso(clock.now())
    await db.updateTable('audit_key').set({ retired_at: now }).where('retired_at', 'is', null).execute()
    await db
      .insertInto('audit_key')
      .values({ id, name, public_key: publicKey, created_at: now, retired_at: null })
      .execute()
    return privateKey
  }

  return {
    async open(name) {
      if (!(await isOpen())) return null
      const before = await stored()
      if (before || !isShared(workspace)) return before ?? make(name)
      return inTransaction(workspace, async (trx) => {
        await takeTurn(trx) // else two machines make a key each, and one of them is lost
        return make(name)
      })
    },
    async all() {
      const rows = await db.selectFrom('audit_key').selectAll().orderBy('created_at').execute()
      return rows.map(({ id, name, public_key }) => ({ id, name, publicKey: public_key }))
    },
  }
}
