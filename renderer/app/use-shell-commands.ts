import { useNavigate } from '@tanstack/react-router'
import { useCommands } from '../ui/commands.ts'
import { cycleRegion } from '../ui/regions.ts'
import type { DrawerTab } from './BottomDrawer.tsx'
import type { Environment } from './EnvironmentScope.tsx'
import type { NavigationEntry } from './navigation.ts'
import { openDrawer, openHelp, openPalette, toggleRail, useOverlays } from './overlays.ts'
import { setScope, togglePaused, useScope } from './scope.ts'
import { setTheme, themes } from './theme.ts'
import { quickRanges, zoomedOut } from './time-range.ts'

type ShellParts = {
  readonly navigation: readonly NavigationEntry[]
  readonly environments: readonly Environment[]
  readonly drawer: readonly DrawerTab[]
}

function useNavigationCommands(navigation: readonly NavigationEntry[]): void {
  const navigate = useNavigate()
  useCommands(
    navigation.map(({ title, area, to, shortcut }) => ({
      id: `go:${to}`,
      title: `Go to ${title}`,
      area: 'Go to',
      keywords: area,
      shortcut,
      run: () => void navigate({ to }),
    })),
  )
}

function zoomOut(): void {
  const { range, pausedAt } = useScope.getState()
  setScope({ range: zoomedOut(range, pausedAt ?? Date.now()) })
}

function useScopeCommands(environments: readonly Environment[]): void {
  useCommands([
    { id: 'time.pause', title: 'Pause or go on live', area: 'Time', shortcut: 't p', run: togglePaused },
    { id: 'time.out', title: 'Zoom out', area: 'Time', shortcut: 't o', run: zoomOut },
    ...quickRanges.map(({ label, range }) => ({
      id: `time:${range.from}`,
      title: label,
      area: 'Time',
      run: () => setScope({ range }),
    })),
    {
      id: 'env:all',
      title: 'Scope to all environments',
      area: 'Environment',
      run: () => setScope({ environment: null }),
    },
    ...environments.map(({ id, name }) => ({
      id: `env:${id}`,
      title: `Scope to ${name}`,
      area: 'Environment',
      run: () => setScope({ environment: id }),
    })),
  ])
}

/** Everything the frame itself can do, in the one registry. */
export function useShellCommands({ navigation, environments, drawer }: ShellParts): void {
  useNavigationCommands(navigation)
  useScopeCommands(environments)
  const toggleDrawer = () => openDrawer(useOverlays.getState().drawer === null ? (drawer[0]?.id ?? null) : null)
  useCommands([
    { id: 'palette', title: 'Open the command palette', area: 'View', shortcut: 'Mod+K', run: openPalette },
    { id: 'help', title: 'Show the keys of this screen', area: 'View', shortcut: '?', run: openHelp },
    { id: 'region.next', title: 'Next region', area: 'View', shortcut: 'F6', run: () => cycleRegion() },
    { id: 'region.back', title: 'Previous region', area: 'View', shortcut: 'Shift+F6', run: () => cycleRegion(true) },
    { id: 'rail', title: 'Widen or narrow the rail', area: 'View', shortcut: 'Mod+B', run: toggleRail },
    {
      id: 'drawer',
      title: 'Open or close the drawer',
      area: 'View',
      shortcut: 'Mod+J',
      when: () => drawer.length > 0,
      run: toggleDrawer,
    },
    ...themes.map((theme) => ({
      id: `theme:${theme}`,
      title: theme === 'system' ? 'Follow the theme of the system' : `Use the ${theme} theme`,
      area: 'View',
      run: () => setTheme(theme),
    })),
  ])
}
