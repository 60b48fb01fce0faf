import { lazyRouteComponent } from '@tanstack/react-router'
import { Bell } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'
import { alertSearchOf } from './alert-search.ts'

export { useAlertNotifications, useCriticalCount } from './notifications.ts'
export { alertResources } from './resources.ts'
export { SilenceAlertsProvider } from './silence-port.ts'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/alerts',
    title: 'Alerts',
    component: lazyRouteComponent(() => import('./AlertsPage.tsx'), 'AlertsPage'),
    validateSearch: alertSearchOf,
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Observability', title: 'Alerts', icon: Bell, to: '/alerts', shortcut: 'g a' },
]
