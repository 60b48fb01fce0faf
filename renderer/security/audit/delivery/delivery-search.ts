import { useLocation, useNavigate } from '@tanstack/react-router'
import { type PlaceKind, placeKinds } from './place.ts'

/** What of the screen is in its address: which place is open, whether it is edited, and which kind is being added. */
export type DeliverySearch = {
  readonly open?: string | undefined
  readonly edit?: true | undefined
  readonly add?: PlaceKind | undefined
}

export function deliverySearchOf(search: Readonly<Record<string, unknown>>): DeliverySearch {
  return {
    open: typeof search.open === 'string' && search.open !== '' ? search.open.slice(0, 200) : undefined,
    edit: search.edit === true ? true : undefined,
    add: placeKinds.find((kind) => kind === search.add),
  }
}

export function useDeliverySearch() {
  const navigate = useNavigate()
  const location = useLocation({ select: ({ search }) => search as Readonly<Record<string, unknown>> })
  const put = (change: Required<DeliverySearch>) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never })
  }
  return {
    search: deliverySearchOf(location),
    show: (open: string) => put({ open, edit: undefined, add: undefined }),
    edit: (open: string) => put({ open, edit: true, add: undefined }),
    add: (kind: PlaceKind) => put({ open: undefined, edit: undefined, add: kind }),
    close: () => put({ open: undefined, edit: undefined, add: undefined }),
  }
}
