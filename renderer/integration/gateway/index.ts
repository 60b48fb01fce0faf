import { lazyRouteComponent } from '@tanstack/react-router'
import { Waypoints } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'
import { gatewaySearchOf } from './gateway-search.ts'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/gateway',
    title: 'Gateway',
    component: lazyRouteComponent(() => import('./GatewayPage.tsx'), 'GatewayPage'),
    validateSearch: gatewaySearchOf,
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Integration', title: 'Gateway', icon: Waypoints, to: '/gateway', shortcut: 'g y' },
]
