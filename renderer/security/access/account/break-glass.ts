import { create } from 'zustand'

/** Whether the question for an emergency is open. */
export const useBreakGlass = create<{ readonly open: boolean }>(() => ({ open: false }))

export const askToBreakGlass = (): void => useBreakGlass.setState({ open: true })
export const closeBreakGlass = (): void => useBreakGlass.setState({ open: false })
