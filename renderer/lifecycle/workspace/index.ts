import { lazyRouteComponent } from '@tanstack/react-router'
import { Database } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'

export { WorkspaceBanner } from './WorkspaceBanner.tsx'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/workspace',
    title: 'Workspace',
    component: lazyRouteComponent(() => import('./WorkspacePage.tsx'), 'WorkspacePage'),
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Lifecycle', title: 'Workspace', icon: Database, to: '/workspace', shortcut: 'g w' },
]
