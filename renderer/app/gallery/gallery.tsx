import '../no-eval.ts'
import { QueryClient } from '@tanstack/react-query'
import { lazyRouteComponent } from '@tanstack/react-router'
import { Bell, BellOff, ChartLine, LayoutDashboard, Plug, ScrollText } from 'lucide-react'
import type { ReactNode } from 'react'
import { mount } from '../mount.tsx'
import type { NavigationEntry } from '../navigation.ts'
import { createAppRouter } from '../router.tsx'
import { Shell } from '../Shell.tsx'
import { setTheme, themes } from '../theme.ts'

const navigation: readonly NavigationEntry[] = [
  { area: 'Overview', title: 'Overview', icon: LayoutDashboard, to: '/', shortcut: 'g o' },
  {
    area: 'Observability',
    title: 'Alerts',
    icon: Bell,
    to: '/alerts',
    shortcut: 'g a',
    badge: { count: 12, tone: 'critical', label: 'critical alerts' },
  },
  { area: 'Observability', title: 'Silences', icon: BellOff, to: '/silences', shortcut: 'g s' },
  { area: 'Observability', title: 'Metrics', icon: ChartLine, to: '/metrics', shortcut: 'g m' },
  { area: 'Fleet', title: 'Connections', icon: Plug, to: '/connections', shortcut: 'g c' },
  { area: 'Security', title: 'Audit', icon: ScrollText, to: '/audit', shortcut: 'g u' },
]

function Frame({ children }: { readonly children: ReactNode }) {
  return (
    <Shell
      workspace="Payments SRE"
      identity={{ name: 'Mara Lindqvist', role: 'operator' }}
      environments={[
        { id: 'prod', name: 'prod', kind: 'production' },
        { id: 'staging', name: 'staging', kind: 'staging' },
        { id: 'dev', name: 'dev', kind: 'development' },
      ]}
      connections={[
        { id: '1', name: 'prometheus prod', kind: 'Prometheus', state: 'connected', checkedAt: Date.now() - 9_000 },
        {
          id: '2',
          name: 'alertmanager prod',
          kind: 'Alertmanager',
          state: 'failed',
          message: 'connect ECONNREFUSED 10.0.3.7:9093',
          checkedAt: Date.now() - 40_000,
        },
      ]}
      navigation={navigation}
      status={{ host: 'Server on 127.0.0.1', version: '0.1.0', items: [{ id: 'jobs', content: '2 jobs running' }] }}
      drawer={[{ id: 'jobs', title: 'Jobs', panel: <p className="p-3">Jobs</p> }]}
      onOpenConnection={() => undefined}
    >
      {children}
    </Shell>
  )
}

const wanted = new URLSearchParams(location.search).get('theme')
const theme = themes.find((candidate) => candidate === wanted)
if (theme !== undefined) setTheme(theme)

const screen = (path: string, title: string) => ({
  path,
  title,
  component: lazyRouteComponent(() => import('../../ui/gallery/Rows.tsx'), 'Rows'),
})
const failing = () => {
  throw new TypeError('a defect')
}

mount({
  router: createAppRouter(
    [
      {
        path: '/',
        title: 'Overview',
        component: lazyRouteComponent(() => import('../../ui/gallery/Charts.tsx'), 'Charts'),
      },
      screen('/alerts', 'Alerts'),
      screen('/silences', 'Silences'),
      { path: '/metrics', title: 'Metrics', component: failing },
    ],
    { frame: Frame },
  ),
  queryClient: new QueryClient(),
  openExternal: () => undefined,
})
