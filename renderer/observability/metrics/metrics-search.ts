import { useLocation, useNavigate } from '@tanstack/react-router'

export const metricsTabs = ['machine', 'query', 'rules'] as const
export type MetricsTab = (typeof metricsTabs)[number]

/** What of the screen is in its address. */
export type MetricsSearch = {
  readonly tab?: MetricsTab | undefined
  readonly expr?: string | undefined
  readonly rule?: string | undefined
}

const textOf = (value: unknown): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' ? text.slice(0, 20_000) : undefined
}

export const metricsSearchOf = (search: Readonly<Record<string, unknown>>): MetricsSearch => ({
  tab: metricsTabs.find((tab) => tab === search.tab),
  expr: textOf(search.expr),
  rule: textOf(search.rule),
})

export function useMetricsSearch() {
  const navigate = useNavigate()
  const location = useLocation({ select: ({ search }) => search as Readonly<Record<string, unknown>> })
  const put = (change: MetricsSearch) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never })
  }
  return {
    ...metricsSearchOf(location),
    go: (tab: MetricsTab) => put({ tab: tab === 'machine' ? undefined : tab }),
    ask: (expr: string) => put({ tab: 'query', expr: expr === '' ? undefined : expr }),
    show: (rule: string | undefined) => put({ rule }),
  }
}
