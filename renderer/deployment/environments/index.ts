import { lazyRouteComponent } from '@tanstack/react-router'
import { Layers } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'
import { environmentSearchOf } from './environment-search.ts'

export { environmentResources } from './palette.ts'
export { useStages } from './shell.ts'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/environments',
    title: 'Environments',
    component: lazyRouteComponent(() => import('./EnvironmentsPage.tsx'), 'EnvironmentsPage'),
    validateSearch: environmentSearchOf,
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Deployment', title: 'Environments', icon: Layers, to: '/environments', shortcut: 'g n' },
]
