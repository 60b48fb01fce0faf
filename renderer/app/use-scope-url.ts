import { useLocation, useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { sameScope, scopeToSearch, searchToScope, setScope, useScope } from './scope.ts'

/** Keeps scope and address the same: the address wins when it changes, the scope is written when somebody picks. */
export function useScopeUrl(): void {
  const navigate = useNavigate()
  const search = useLocation({ select: (location) => location.search as Readonly<Record<string, unknown>> })
  useEffect(() => {
    const wanted = searchToScope(search)
    if (!sameScope(wanted, useScope.getState())) setScope(wanted)
  }, [search])
  useEffect(
    () =>
      useScope.subscribe((scope, before) => {
        if (sameScope(scope, before)) return
        // Explicit undefined removes a parameter; a missing one would be retained by the router.
        const merge = (current: Record<string, unknown>) => ({ ...current, ...scopeToSearch(scope) })
        void navigate({ to: '.', search: merge as never, replace: true })
      }),
    [navigate],
  )
}
