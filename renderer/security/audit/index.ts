import { lazyRouteComponent } from '@tanstack/react-router'
import { ScrollText } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'
import { auditSearchOf } from './audit-search.ts'
import { deliverySearchOf } from './delivery/delivery-search.ts'
import { retentionSearchOf } from './retention/retention-search.ts'

export { OpenApprovalProvider } from './approval-port.ts'
export { auditExportsTab, useAuditStatusItem } from './shell.tsx'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/audit',
    title: 'Audit',
    component: lazyRouteComponent(() => import('./AuditPage.tsx'), 'AuditPage'),
    validateSearch: auditSearchOf,
  },
  {
    path: '/audit/delivery',
    title: 'Audit delivery',
    component: lazyRouteComponent(() => import('./delivery/DeliveryPage.tsx'), 'DeliveryPage'),
    validateSearch: deliverySearchOf,
  },
  {
    path: '/audit/retention',
    title: 'Audit retention',
    component: lazyRouteComponent(() => import('./retention/RetentionPage.tsx'), 'RetentionPage'),
    validateSearch: retentionSearchOf,
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Security', title: 'Audit', icon: ScrollText, to: '/audit', shortcut: 'g u' },
]
