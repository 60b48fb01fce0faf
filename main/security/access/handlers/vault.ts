import type { AccessHandlers, Ports } from './ports.ts'

type Names = 'vault' | 'createVault' | 'unlockVault' | 'lockVault'

export function vaultHandlers({ vault, onVault }: Ports): Pick<AccessHandlers, Names> {
  const changed = async () => {
    await onVault()
    return vault.status()
  }
  return {
    vault: () => vault.status(),
    async createVault({ passphrase }, { record }) {
      await vault.create(passphrase)
      record({ targets: ['vault'], before: { state: 'none' }, after: { state: 'unlocked', by: 'passphrase' } })
      return changed()
    },
    async unlockVault({ passphrase }, { record }) {
      await vault.unlock(passphrase)
      record({ targets: ['vault'], after: { state: 'unlocked' } })
      return changed()
    },
    async lockVault(_, { record }) {
      vault.lock()
      record({ targets: ['vault'], after: { state: 'locked' } })
      return changed()
    },
  }
}
