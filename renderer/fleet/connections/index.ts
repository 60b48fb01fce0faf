import { lazyRouteComponent } from '@tanstack/react-router'
import { Plug } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'
import { connectionSearchOf } from './connection-search.ts'

export { connectionResources } from './resources.ts'
export { useConnectionsOverview } from './shell.ts'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/connections',
    title: 'Connections',
    component: lazyRouteComponent(() => import('./ConnectionsPage.tsx'), 'ConnectionsPage'),
    validateSearch: connectionSearchOf,
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Fleet', title: 'Connections', icon: Plug, to: '/connections', shortcut: 'g c' },
]
