import type { SafeStorage } from 'electron'
import type { Keychain } from '#main/kernel/vault/vault.ts'

type StorageCalls = Pick<
  SafeStorage,
  'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend'
>

/** The operating system's keychain through Electron. On Linux without a keyring it only obfuscates, and is refused. */
export const electronKeychain = (safeStorage: StorageCalls, platform = process.platform): Keychain => ({
  async unavailable() {
    if (platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text')
      return 'This desktop has no keyring, so a passphrase protects the secrets instead.'
    return (await safeStorage.isAsyncEncryptionAvailable())
      ? null
      : 'The keychain of this machine is not available, so a passphrase protects the secrets instead.'
  },
  protect: async (text) => (await safeStorage.encryptStringAsync(text)).toString('base64'),
  reveal: async (sealed) => (await safeStorage.decryptStringAsync(Buffer.from(sealed, 'base64'))).result,
})
