import { useLocation, useNavigate } from '@tanstack/react-router'

/** What of the screen is in its address. `open` is an identity's id. */
export type PeopleSearch = { readonly q?: string | undefined; readonly open?: string | undefined }

const textOf = (value: unknown): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' ? text.slice(0, 200) : undefined
}

export const peopleSearchOf = (search: Readonly<Record<string, unknown>>): PeopleSearch => ({
  q: textOf(search.q),
  open: textOf(search.open),
})

export function usePeopleSearch() {
  const navigate = useNavigate()
  const location = useLocation({ select: ({ search }) => search as Readonly<Record<string, unknown>> })
  const put = (change: PeopleSearch, replace: boolean) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never, replace })
  }
  return {
    ...peopleSearchOf(location),
    filter: (q: string) => put({ q: q === '' ? undefined : q }, true),
    show: (open: string) => put({ open }, false),
    close: () => put({ open: undefined }, false),
  }
}
