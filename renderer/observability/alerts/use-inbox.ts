import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState } from 'react'
import type { Output } from '#preload/contract/define.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { alerts, InboxView } from '#preload/observability/alerts.ts'
import { toItem } from './group-row.tsx'
import { inboxWindow } from './queries.ts'
import { type Held, hold, windowOffset } from './window.ts'

type Answer = Output<(typeof alerts)['operations']['list']>

export type InboxHandle = {
  /** What is shown: of this view, or of the one before until the first answer; null before any. */
  readonly held: Held<Answer> | null
  /** Changes when the list shows another selection of alerts, in which the old place means nothing. */
  readonly list: string
  readonly busy: boolean
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
  const shown = useRef<{ readonly list: string; readonly held: Held<Answer>; readonly at: number } | null>(null)
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
  const failed = query.error !== null && asAppError(query.error).code !== 'cancelled'
  return {
    held: shown.current?.held ?? null,
    list: shown.current?.list ?? list,
    busy: query.isFetching,
    error: failed ? query.error : null,
    updatedAt: shown.current?.at ?? 0,
    refetch: query.refetch,
    onRange,
  }
}
