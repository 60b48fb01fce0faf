import { lazyRouteComponent } from '@tanstack/react-router'
import { ChartLine } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'
import { metricsSearchOf } from './metrics-search.ts'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/metrics',
    title: 'Metrics',
    component: lazyRouteComponent(() => import('./MetricsPage.tsx'), 'MetricsPage'),
    validateSearch: metricsSearchOf,
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Observability', title: 'Metrics', icon: ChartLine, to: '/metrics', shortcut: 'g m' },
]
