import { lazyRouteComponent } from '@tanstack/react-router'
import { LayoutDashboard, SlidersHorizontal } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'

export { jobsDrawerTab, useApplicationStatus } from './shell.tsx'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/',
    title: 'Overview',
    component: lazyRouteComponent(() => import('./OverviewPage.tsx'), 'OverviewPage'),
  },
  {
    path: '/preferences',
    title: 'Preferences',
    component: lazyRouteComponent(() => import('./PreferencesPage.tsx'), 'PreferencesPage'),
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Overview', title: 'Overview', icon: LayoutDashboard, to: '/', shortcut: 'g o' },
  { area: 'Lifecycle', title: 'Preferences', icon: SlidersHorizontal, to: '/preferences', shortcut: 'g p' },
]
