import { useLocation, useNavigate } from '@tanstack/react-router'
import { formatMatchers } from '#preload/observability/matchers.ts'
import type { Silence } from '#preload/observability/silences.ts'

/** What of the screen is in its address. */
export type SilenceSearch = { readonly q?: string | undefined; readonly expired?: boolean | undefined }

export function silenceSearchOf(search: Readonly<Record<string, unknown>>): SilenceSearch {
  const q = typeof search.q === 'number' ? String(search.q) : search.q
  return {
    ...(typeof q === 'string' && q !== '' ? { q: q.slice(0, 1_000) } : {}),
    ...(search.expired === true ? { expired: true } : {}),
  }
}

export function useSilenceSearch() {
  const navigate = useNavigate()
  const location = useLocation({ select: ({ search }) => search as Readonly<Record<string, unknown>> })
  const put = (change: SilenceSearch) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never, replace: true })
  }
  return {
    ...silenceSearchOf(location),
    filter: (q: string) => put({ q: q === '' ? undefined : q }),
    showExpired: (expired: boolean) => put({ expired: expired || undefined }),
  }
}

/** Whether a silence has all of the words somewhere, and belongs to the environment; those of this workspace always do. */
export function passes(silence: Silence, text: string, environment: string | null): boolean {
  if (environment !== null && silence.environment !== null && silence.environment !== environment) return false
  const { id, matchers, comment, createdBy, targetName } = silence
  const whole = [id, formatMatchers(matchers), comment, createdBy, targetName, silence.environment]
    .join('\n')
    .toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word))
}
