import { lazyRouteComponent } from '@tanstack/react-router'
import { FileCheck2, ShieldOff, Signature } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'
import { approvalSearchOf } from './approval-search.ts'

export { offerApprovalRequest } from './approval-request.ts'
export { RequestApprovalDialog } from './RequestApprovalDialog.tsx'
export { DeviceSignerProvider } from './signer-port.ts'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/approvals',
    title: 'Approvals',
    component: lazyRouteComponent(() => import('./ApprovalsPage.tsx'), 'ApprovalsPage'),
    validateSearch: approvalSearchOf,
  },
  {
    path: '/policies',
    title: 'Policies',
    component: lazyRouteComponent(() => import('./PoliciesPage.tsx'), 'PoliciesPage'),
  },
  {
    path: '/exceptions',
    title: 'Exceptions',
    component: lazyRouteComponent(() => import('./ExceptionsPage.tsx'), 'ExceptionsPage'),
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Security', title: 'Approvals', icon: Signature, to: '/approvals', shortcut: 'g v' },
  { area: 'Security', title: 'Policies', icon: FileCheck2, to: '/policies', shortcut: 'g l' },
  { area: 'Security', title: 'Exceptions', icon: ShieldOff, to: '/exceptions', shortcut: 'g x' },
]
