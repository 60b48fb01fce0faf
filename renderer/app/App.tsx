import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useShortcutKeys } from '../ui/commands.ts'
import { type OpenExternal, OpenerProvider } from '../ui/Link.tsx'
import { TooltipProvider } from '../ui/Tooltip.tsx'
import type { AppRouter } from './router.tsx'

export type AppProps = {
  readonly router: AppRouter
  readonly queryClient: QueryClient
  /** How this host opens an address outside of the application. */
  readonly openExternal: OpenExternal
}

export function App({ router, queryClient, openExternal }: AppProps) {
  useShortcutKeys()
  return (
    <QueryClientProvider client={queryClient}>
      <OpenerProvider open={openExternal}>
        <TooltipProvider>
          <RouterProvider router={router} />
        </TooltipProvider>
      </OpenerProvider>
    </QueryClientProvider>
  )
}
