import { createContext, useContext } from 'react'
import { asAppError } from '#preload/contract/error.ts'

/** Asks the person to open the vault. True when it is open afterwards, false when they turned away. */
export type UnlockVault = () => Promise<boolean>

const UnlockContext = createContext<UnlockVault | null>(null)

/** The frame passes in how the vault is opened: the screens that need it know no other. */
export const UnlockVaultProvider = UnlockContext.Provider

/** Asks for the vault from a button; null where the application gives no way. */
export const useUnlock = (): UnlockVault | null => useContext(UnlockContext)

/** Runs work that may need the vault; when it is locked, has it opened and runs the work again. */
export function useVaultRetry(): <T>(work: () => Promise<T>) => Promise<T> {
  const unlock = useContext(UnlockContext)
  return async (work) => {
    try {
      return await work()
    } catch (thrown) {
      if (unlock === null || asAppError(thrown).code !== 'locked' || !(await unlock())) throw thrown
      return work()
    }
  }
}
