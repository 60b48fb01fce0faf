import { useLocation, useNavigate } from '@tanstack/react-router'
import type { ApprovalShow } from './queries.ts'

/** What of the screen is in its address. */
export type ApprovalSearch = { readonly show?: ApprovalShow | undefined; readonly open?: string | undefined }

const shows: readonly string[] = ['waiting', 'mine', 'all'] satisfies readonly ApprovalShow[]

export function approvalSearchOf(search: Readonly<Record<string, unknown>>): ApprovalSearch {
  const { show, open } = search
  return {
    ...(typeof show === 'string' && shows.includes(show) ? { show: show as ApprovalShow } : {}),
    ...(typeof open === 'string' && open !== '' ? { open: open.slice(0, 100) } : {}),
  }
}

export function useApprovalSearch() {
  const navigate = useNavigate()
  const location = useLocation({ select: ({ search }) => search as Readonly<Record<string, unknown>> })
  const put = (change: { readonly [K in keyof ApprovalSearch]: ApprovalSearch[K] }) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never, replace: true })
  }
  const { show = 'waiting', open } = approvalSearchOf(location)
  return {
    show,
    open,
    showOnly: (next: ApprovalShow) => put({ show: next, open: undefined }),
    openOne: (id: string | undefined) => put({ open: id }),
  }
}
