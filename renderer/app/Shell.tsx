import { type ReactNode, useEffect, useRef } from 'react'
import { rememberRegionFocus } from '../ui/regions.ts'
import { Toasts } from '../ui/Toasts.tsx'
import { BottomDrawer, type DrawerTab } from './BottomDrawer.tsx'
import { CommandPalette } from './CommandPalette.tsx'
import { LeftRail } from './LeftRail.tsx'
import type { NavigationEntry } from './navigation.ts'
import { ShortcutHelp } from './ShortcutHelp.tsx'
import { StatusBar, type StatusBarProps } from './StatusBar.tsx'
import { TopBar, type TopBarProps } from './TopBar.tsx'
import { useScopeUrl } from './use-scope-url.ts'
import { useShellCommands } from './use-shell-commands.ts'

export type ShellProps = TopBarProps & {
  readonly navigation: readonly NavigationEntry[]
  readonly status: StatusBarProps
  readonly drawer?: readonly DrawerTab[] | undefined
  readonly children: ReactNode
}

const noTabs: readonly DrawerTab[] = []

/** The frame around every screen. */
export function Shell({ navigation, status, drawer = noTabs, children, ...top }: ShellProps) {
  const main = useRef<HTMLElement>(null)
  useScopeUrl()
  useShellCommands({ navigation, environments: top.environments, drawer })
  useEffect(rememberRegionFocus, [])
  return (
    <div className="flex h-full flex-col">
      <button
        type="button"
        onClick={() => main.current?.focus()}
        className="sr-only focus:not-sr-only focus:absolute focus:top-1 focus:left-1 focus:z-60 focus:rounded focus:bg-surface-2 focus:px-3 focus:py-1"
      >
        Skip to the content
      </button>
      <TopBar {...top} />
      <div className="flex min-h-0 flex-1">
        <LeftRail navigation={navigation} />
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <main
            ref={main}
            id="main"
            tabIndex={-1}
            data-region="Content"
            className="min-h-0 flex-1 overflow-auto outline-none"
          >
            {children}
          </main>
          <BottomDrawer tabs={drawer} />
        </div>
      </div>
      <StatusBar {...status} />
      <CommandPalette />
      <ShortcutHelp />
      <Toasts />
    </div>
  )
}
