import {
  createBrowserHistory,
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  Outlet,
  type RouteComponent,
  type RouterHistory,
  retainSearchParams,
} from '@tanstack/react-router'
import { type ComponentType, type ReactNode, useEffect } from 'react'
import { ErrorPanel } from '../ui/ErrorPanel.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { NotFound } from './NotFound.tsx'
import { type ScopeSearch, scopeKeys, scopeSearchOf } from './scope.ts'

/** What a capability contributes: one screen. Load it with `lazyRouteComponent(() => import('./XPage.tsx'), 'XPage')`. */
export type ScreenRoute = {
  readonly path: string
  readonly title: string
  readonly component: RouteComponent
  /** Turns any search parameters into the screen's own; never throws. */
  readonly validateSearch?: ((search: Record<string, unknown>) => Record<string, unknown>) | undefined
}

type FrameProps = { readonly children: ReactNode }

export type AppRouterOptions = {
  /** Draws the shell around the screen; may use the hooks of router and queries. */
  readonly frame: ComponentType<FrameProps>
  /** For tests; the browser's history otherwise. */
  readonly history?: RouterHistory | undefined
}

function ScreenError({ error, reset }: ErrorComponentProps) {
  return (
    <div className="p-3">
      <h1 className="sr-only">This screen failed</h1>
      <ErrorPanel title="This screen failed." error={error} onRetry={reset} />
    </div>
  )
}

/** A screen that goes takes the focus with it; without this the next key press would go nowhere. */
function catchFocus(): void {
  if (document.activeElement === document.body) document.getElementById('main')?.focus({ preventScroll: true })
}

function screenOf({ component: Component, title }: ScreenRoute): RouteComponent {
  return function Screen() {
    useEffect(catchFocus, [])
    return (
      <>
        <title>{`${title} · Framework0`}</title>
        <h1 className="sr-only">{title}</h1>
        <Component />
      </>
    )
  }
}

export function createAppRouter(screens: readonly ScreenRoute[], { frame: Frame, history }: AppRouterOptions) {
  const root = createRootRoute({
    component: () => (
      <Frame>
        <Outlet />
      </Frame>
    ),
    notFoundComponent: NotFound,
    errorComponent: ScreenError,
    validateSearch: (search: Record<string, unknown>): ScopeSearch => scopeSearchOf(search),
    search: { middlewares: [retainSearchParams<ScopeSearch>([...scopeKeys])] },
  })
  const routes = screens.map((screen) =>
    createRoute({
      getParentRoute: () => root,
      path: screen.path,
      component: screenOf(screen),
      pendingComponent: Skeleton,
      errorComponent: ScreenError,
      wrapInSuspense: true,
      ...(screen.validateSearch === undefined ? {} : { validateSearch: screen.validateSearch }),
    }),
  )
  return createRouter({
    routeTree: root.addChildren(routes),
    history: history ?? createBrowserHistory(),
    defaultPreload: false,
    defaultPendingMs: 150,
    scrollRestoration: false,
  })
}

export type AppRouter = ReturnType<typeof createAppRouter>
