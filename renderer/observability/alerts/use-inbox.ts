import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState } from 'react'
import type { Output } from '#preload/contract/define.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { alerts, InboxView } from '#preload/observability/alerts.ts'
import { toItem } from './group-row.tsx'
import { inboxWindow } from './queries.ts'
import { type Held, hold, windowOffset } from './window.ts'

export type InboxAnswer = Output<(typeof alerts)['operations']['list']>

export type InboxHandle = {
  /** What is shown: of this view, or of the one before until the first answer; null before any. */
  readonly held: Held<InboxAnswer> | null
  /** Changes when the list shows another selection of alerts, in which the old place means nothing. */
  readonly list: string
  /** Asked again after a failure. */
  readonly retrying: boolean
  readonly error: unknown
  readonly updatedAt: number
  readonly refetch: () => unknown
  readonly onRange: (first: number, last: number) => void
}

/** The visible window of a view. Rows stay until others arrive, also when an answer fails. */
export function useInbox(view: InboxView): InboxHandle {
  const list = useMemo(() => JSON.stringify({ ...view, collapsed: [] }), [view])
  const key = useMemo(() => JSON.stringify(view), [view])
  const [place, setPlace] = useState({ list, offset: 0 })
  const offset = place.list === list ? place.offset : 0
  const query = useQuery(inboxWindow(view, offset))
  const shown = useRef<{ readonly list: string; readonly held: Held<InboxAnswer>; readonly at: number } | null>(null)
  if (query.data !== undefined && !query.isPlaceholderData)
    shown.current = { list, held: hold(shown.current?.held ?? null, key, query.data, toItem), at: query.dataUpdatedAt }

  const onRange = useCallback(
    (first: number) => {
      // Until the new list is here the grid still scrolls in the one before.
      if (shown.current?.list !== list) return
      const next = windowOffset(first)
      setPlace((before) => (before.list === list && before.offset === next ? before : { list, offset: next }))
    },
    [list],
  )
  const { error, isFetching, refetch } = query
  const failed = error !== null && asAppError(error).code !== 'cancelled'
  const shownError = failed ? error : null
  const retrying = failed && isFetching
  const held = shown.current?.held ?? null
  const at = shown.current?.at ?? 0
  const shownList = shown.current?.list ?? list
  // One object for one state, so that the list draws when rows arrive and not with every keystroke.
  return useMemo(
    () => ({
      held,
      list: shownList,
      retrying,
      error: shownError,
      updatedAt: at,
      refetch,
      onRange,
    }),
    [held, shownList, retrying, shownError, at, refetch, onRange],
  )
}
