import { create } from 'zustand'

/** What of the frame is open. Panels remember; the palette and the help do not. */
type Overlays = {
  readonly palette: boolean
  readonly help: boolean
  readonly railCollapsed: boolean
  readonly drawer: string | null
}

const railKey = 'rail'

function recallRail(): boolean {
  try {
    return localStorage.getItem(railKey) === 'collapsed'
  } catch {
    return false
  }
}

export const useOverlays = create<Overlays>(() => ({
  palette: false,
  help: false,
  railCollapsed: recallRail(),
  drawer: null,
}))

export const openPalette = (): void => useOverlays.setState({ palette: true })
export const openHelp = (): void => useOverlays.setState({ help: true })

export function toggleRail(): void {
  const railCollapsed = !useOverlays.getState().railCollapsed
  useOverlays.setState({ railCollapsed })
  try {
    localStorage.setItem(railKey, railCollapsed ? 'collapsed' : 'open')
  } catch {
    // The rail works without memory.
  }
}

/** Opens a tab of the bottom drawer; null closes it. */
export const openDrawer = (tab: string | null): void => useOverlays.setState({ drawer: tab })
