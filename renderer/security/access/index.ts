import { lazyRouteComponent } from '@tanstack/react-router'
import { KeyRound, Users } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'
import { peopleSearchOf } from './people/people-search.ts'
import { providerSearchOf } from './providers/provider-search.ts'

export { BreakGlassDialog } from './account/BreakGlassDialog.tsx'
export { ElevationBanner } from './account/ElevationBanner.tsx'
export { useDeviceSigner } from './account/use-device-signer.ts'
export { AccessGate } from './gate/AccessGate.tsx'
export { sessionEnded } from './gate/session-ended.ts'
export { askForProof } from './proof/step-up.ts'
export { useIdentity } from './use-identity.ts'
export { VaultDialog } from './VaultDialog.tsx'
export { useVaultStatusItem } from './VaultMark.tsx'
export { askForVault } from './vault-request.ts'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/people',
    title: 'People',
    component: lazyRouteComponent(() => import('./people/PeoplePage.tsx'), 'PeoplePage'),
    validateSearch: peopleSearchOf,
  },
  {
    path: '/sign-in-settings',
    title: 'Sign-in',
    component: lazyRouteComponent(() => import('./providers/SignInSettingsPage.tsx'), 'SignInSettingsPage'),
    validateSearch: providerSearchOf,
  },
  {
    path: '/account',
    title: 'Your account',
    component: lazyRouteComponent(() => import('./account/AccountPage.tsx'), 'AccountPage'),
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Security', title: 'People', icon: Users, to: '/people', shortcut: 'g e' },
  { area: 'Security', title: 'Sign-in', icon: KeyRound, to: '/sign-in-settings', shortcut: 'g i' },
]
