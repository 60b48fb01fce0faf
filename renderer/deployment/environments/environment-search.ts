import { useLocation, useNavigate } from '@tanstack/react-router'

export const tabs = ['overview', 'configuration', 'secrets', 'policy', 'compare'] as const
export type EnvironmentTab = (typeof tabs)[number]

/** What of the screen is in its address. `open` is an environment's name; `add` shows the form of a new one. */
export type EnvironmentSearch = {
  readonly q?: string | undefined
  readonly open?: string | undefined
  readonly add?: boolean | undefined
  readonly edit?: boolean | undefined
  readonly tab?: EnvironmentTab | undefined
  /** The environment that the opened one is compared with. */
  readonly with?: string | undefined
}

const textOf = (value: unknown): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' ? text.slice(0, 200) : undefined
}

export const environmentSearchOf = (search: Readonly<Record<string, unknown>>): EnvironmentSearch => ({
  q: textOf(search.q),
  open: textOf(search.open),
  add: search.add === true || undefined,
  edit: search.edit === true || undefined,
  tab: tabs.find((tab) => tab === search.tab),
  with: textOf(search.with),
})

export function useEnvironmentSearch() {
  const navigate = useNavigate()
  const location = useLocation({ select: ({ search }) => search as Readonly<Record<string, unknown>> })
  const put = (change: EnvironmentSearch, replace: boolean) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never, replace })
  }
  const closed = { add: undefined, edit: undefined }
  return {
    ...environmentSearchOf(location),
    filter: (q: string) => put({ q: q === '' ? undefined : q }, true),
    show: (open: string) => put({ ...closed, open }, false),
    startAdd: () => put({ ...closed, open: undefined, add: true }, false),
    startEdit: (open: string) => put({ open, edit: true }, false),
    turnTo: (tab: EnvironmentTab) => put({ tab }, true),
    compareWith: (other: string) => put({ with: other }, true),
    close: () => put({ ...closed, open: undefined }, false),
  }
}
