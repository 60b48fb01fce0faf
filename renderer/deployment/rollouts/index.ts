import { lazyRouteComponent } from '@tanstack/react-router'
import { Boxes, Rocket } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'
import { openSearchOf } from './open-search.ts'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/services',
    title: 'Services',
    component: lazyRouteComponent(() => import('./ServicesPage.tsx'), 'ServicesPage'),
    validateSearch: openSearchOf,
  },
  {
    path: '/rollouts',
    title: 'Rollouts',
    component: lazyRouteComponent(() => import('./RolloutsPage.tsx'), 'RolloutsPage'),
    validateSearch: openSearchOf,
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Deployment', title: 'Services', icon: Boxes, to: '/services', shortcut: 'g d' },
  { area: 'Deployment', title: 'Rollouts', icon: Rocket, to: '/rollouts', shortcut: 'g r' },
]
