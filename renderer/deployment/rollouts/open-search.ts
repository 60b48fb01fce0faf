import { useLocation, useNavigate } from '@tanstack/react-router'

/** What of the screen is in its address: the one that is open. */
type OpenSearch = { readonly open?: string | undefined }

export function openSearchOf({ open }: Readonly<Record<string, unknown>>): OpenSearch {
  return typeof open === 'string' && open !== '' ? { open: open.slice(0, 100) } : {}
}

export function useOpenSearch() {
  const navigate = useNavigate()
  const { open } = useLocation({ select: ({ search }) => openSearchOf(search as Readonly<Record<string, unknown>>) })
  const show = (next: string | undefined): void => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, open: next })
    void navigate({ to: '.', search: merge as never, replace: true })
  }
  return { open, show }
}
