import { useLocation, useNavigate } from '@tanstack/react-router'

/** What of the screen is in its address. `open` is a connection's id, or `new`. */
export type ConnectionSearch = {
  readonly q?: string | undefined
  readonly open?: string | undefined
  readonly edit?: boolean | undefined
}

const textOf = (value: unknown): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' ? text.slice(0, 200) : undefined
}

export const connectionSearchOf = (search: Readonly<Record<string, unknown>>): ConnectionSearch => ({
  q: textOf(search.q),
  open: textOf(search.open),
  edit: search.edit === true || undefined,
})

export function useConnectionSearch() {
  const navigate = useNavigate()
  const location = useLocation({ select: ({ search }) => search as Readonly<Record<string, unknown>> })
  const put = (change: ConnectionSearch, replace: boolean) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never, replace })
  }
  return {
    ...connectionSearchOf(location),
    filter: (q: string) => put({ q: q === '' ? undefined : q }, true),
    show: (open: string) => put({ open, edit: undefined }, false),
    startEdit: (open: string) => put({ open, edit: true }, false),
    close: () => put({ open: undefined, edit: undefined }, false),
  }
}
