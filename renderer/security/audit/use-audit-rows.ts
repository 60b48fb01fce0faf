import { useQueries } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import type { AuditEntry, AuditFilter } from '#preload/security/audit.ts'
import { auditPage, pageSize } from './queries.ts'

type Window = { readonly first: number; readonly last: number }

/** The pages that a window of rows touches; the first always, for the total. */
export function pagesOf({ first, last }: Window): readonly number[] {
  const from = Math.floor(first / pageSize)
  const to = Math.floor(last / pageSize)
  const touched = Array.from({ length: to - from + 1 }, (_, at) => from + at)
  return [...new Set([0, ...touched])]
}

const placed = (offset: number, entries: readonly AuditEntry[]) =>
  entries.map((entry, at): [number, AuditEntry] => [offset + at, entry])

/** The audit log as the grid wants it: rows by position, of which only what is looked at is held. */
export function useAuditRows(filter: AuditFilter) {
  const [window, setWindow] = useState<Window>({ first: 0, last: 0 })
  const onRange = useCallback((first: number, last: number) => setWindow({ first, last }), [])
  const pages = useMemo(() => pagesOf(window), [window])
  const results = useQueries({ queries: pages.map((page) => auditPage(filter, page)) })
  const [head] = results
  const held = new Map(results.flatMap(({ data }) => (data === undefined ? [] : placed(data.offset, data.entries))))
  return {
    /** The state of the whole: that of the first page. */
    head,
    total: head?.data?.total ?? 0,
    /** False when more match than are counted and listed. */
    exact: head?.data?.exact ?? true,
    rowAt: (index: number) => held.get(index),
    find: (sequence: number) => [...held.values()].find((entry) => entry.sequence === sequence),
    onRange,
    /** A page beyond the first that could not be loaded. */
    failed: results.find((result) => result !== head && result.error !== null),
  }
}
