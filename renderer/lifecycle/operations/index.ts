import { lazyRouteComponent } from '@tanstack/react-router'
import { Briefcase, LayoutDashboard, SlidersHorizontal } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'
import { jobSearchOf } from './job-search.ts'

export { jobsDrawerTab, useApplicationStatus } from './shell.tsx'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/',
    title: 'Overview',
    component: lazyRouteComponent(() => import('./OverviewPage.tsx'), 'OverviewPage'),
  },
  {
    path: '/jobs',
    title: 'Jobs',
    component: lazyRouteComponent(() => import('./JobsPage.tsx'), 'JobsPage'),
    validateSearch: jobSearchOf,
  },
  {
    path: '/preferences',
    title: 'Preferences',
    component: lazyRouteComponent(() => import('./PreferencesPage.tsx'), 'PreferencesPage'),
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Overview', title: 'Overview', icon: LayoutDashboard, to: '/', shortcut: 'g o' },
  { area: 'Lifecycle', title: 'Jobs', icon: Briefcase, to: '/jobs', shortcut: 'g j' },
  { area: 'Lifecycle', title: 'Preferences', icon: SlidersHorizontal, to: '/preferences', shortcut: 'g p' },
]
