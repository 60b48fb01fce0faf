import { lazyRouteComponent } from '@tanstack/react-router'
import { BellOff } from 'lucide-react'
import type { NavigationEntry } from '#renderer/app/navigation.ts'
import type { ScreenRoute } from '#renderer/app/router.tsx'
import { silenceSearchOf } from './silence-search.ts'

export { silenceAlerts } from './editor-request.ts'
export { SilenceEditorHost } from './SilenceEditor.tsx'

export const routes: readonly ScreenRoute[] = [
  {
    path: '/silences',
    title: 'Silences',
    component: lazyRouteComponent(() => import('./SilencesPage.tsx'), 'SilencesPage'),
    validateSearch: silenceSearchOf,
  },
]

export const navigation: readonly NavigationEntry[] = [
  { area: 'Observability', title: 'Silences', icon: BellOff, to: '/silences', shortcut: 'g s' },
]
