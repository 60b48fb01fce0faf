import { useLocation, useNavigate } from '@tanstack/react-router'

/** What of the screen is in its address. `open` is a provider's id, or `new`. */
export type ProviderSearch = { readonly open?: string | undefined }

export const providerSearchOf = ({ open }: Readonly<Record<string, unknown>>): ProviderSearch => ({
  open: typeof open === 'string' && open !== '' ? open.slice(0, 100) : undefined,
})

export function useProviderSearch() {
  const navigate = useNavigate()
  const location = useLocation({ select: ({ search }) => search as Readonly<Record<string, unknown>> })
  const put = (open: string | undefined) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, open })
    void navigate({ to: '.', search: merge as never })
  }
  return { ...providerSearchOf(location), show: put, close: () => put(undefined) }
}
