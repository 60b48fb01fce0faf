import { create } from 'zustand'

/** Recovery codes that were just made: the one moment in which they can be seen. */
export const useFreshCodes = create<{ readonly codes: readonly string[] }>(() => ({ codes: [] }))

/** Shows new recovery codes, on whatever screen the person is by then. No codes show nothing. */
export const showRecoveryCodes = ({ codes }: { readonly codes: readonly string[] }): void => {
  if (codes.length > 0) useFreshCodes.setState({ codes })
}

export const forgetCodes = (): void => useFreshCodes.setState({ codes: [] })
