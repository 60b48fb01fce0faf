import { create } from 'zustand'
import { asAppError } from '#preload/contract/error.ts'

type VaultRequest = {
  readonly open: boolean
  /** Everybody who waits for the vault. */
  readonly waiting: readonly ((opened: boolean) => void)[]
}

export const useVaultRequest = create<VaultRequest>(() => ({ open: false, waiting: [] }))

/** Opens the vault dialog, for somebody to look. */
export const openVault = (): void => useVaultRequest.setState({ open: true })

/** Has the person open the vault. True when it is open afterwards, false when they turned away. */
export const askForVault = (): Promise<boolean> =>
  new Promise((resolve) => useVaultRequest.setState(({ waiting }) => ({ open: true, waiting: [...waiting, resolve] })))

/** Closes the dialog and tells everybody who waits. */
export function settleVault(opened: boolean): void {
  const { waiting } = useVaultRequest.getState()
  useVaultRequest.setState({ open: false, waiting: [] })
  for (const tell of waiting) tell(opened)
}

/** Runs work that may need the vault; when it is locked, has it opened and runs the work again. */
export async function withVault<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (asAppError(thrown).code !== 'locked' || !(await askForVault())) throw thrown
    return work()
  }
}
