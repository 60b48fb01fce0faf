import './no-eval.ts'
import { QueryClient } from '@tanstack/react-query'
import { Frame } from './Frame.tsx'
import { mount } from './mount.tsx'
import { createAppRouter } from './router.tsx'
import { routes } from './screens.ts'

mount({
  router: createAppRouter(routes, { frame: Frame }),
  // The application tells what changes, so nothing is asked again merely because a window got the focus; and nothing is
  // tried again behind a person's back: the screens offer Retry.
  queryClient: new QueryClient({
    defaultOptions: {
      queries: { retry: false, refetchOnWindowFocus: false, refetchOnReconnect: false, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  }),
  openExternal: (address) => window.open(address, '_blank', 'noopener,noreferrer'),
})
