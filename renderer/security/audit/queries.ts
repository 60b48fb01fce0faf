import { keepPreviousData, queryOptions, useQueryClient } from '@tanstack/react-query'
import type { AuditEntry, AuditFilter } from '#preload/security/audit.ts'
import { api } from '#renderer/rpc/client.ts'
import { useWatch } from '#renderer/rpc/watch.ts'

const root = ['audit'] as const
const pagesKey = [...root, 'page'] as const
const facetsKey = [...root, 'facets'] as const

/** Rows asked for at once. Small enough to draw at once, large enough to scroll a while. */
export const pageSize = 200

export const auditPage = (filter: AuditFilter, page: number) =>
  queryOptions({
    queryKey: [...pagesKey, filter, page],
    queryFn: ({ signal }) => api.audit.list({ ...filter, offset: page * pageSize, limit: pageSize }, { signal }),
    // Pages scrolled past are kept a little while, not all of a long log.
    gcTime: 30_000,
    placeholderData: keepPreviousData,
  })

export const auditFacets = queryOptions({
  queryKey: facetsKey,
  queryFn: ({ signal }) => api.audit.facets({}, { signal }),
})

const around = 50

/**
 * One entry by its number, whatever is filtered. The log is numbered without gaps, so its place follows from the newest;
 * where a gap shows that it was tampered with, the entry may be near. Null: there is no such entry.
 */
export const auditEntry = (sequence: number) =>
  queryOptions({
    queryKey: [...root, 'entry', sequence],
    queryFn: async ({ signal }): Promise<AuditEntry | null> => {
      const newest = (await api.audit.list({ limit: 1 }, { signal })).entries[0]?.sequence ?? 0
      const offset = Math.max(0, newest - sequence - around)
      const { entries } = await api.audit.list({ offset, limit: 2 * around + 1 }, { signal })
      return entries.find((entry) => entry.sequence === sequence) ?? null
    },
  })

/** Asked for by a person, never by itself: it reads the whole log. */
export const auditVerdict = queryOptions({
  queryKey: [...root, 'verdict'],
  queryFn: ({ signal }) => api.audit.verify({}, { signal }),
  enabled: false,
  gcTime: Number.POSITIVE_INFINITY,
  retry: false,
})

const exportedAtOnce = 1_000

/** All rows of a filter, newest first, as an export needs them. */
export async function everyEntry(filter: AuditFilter, signal: AbortSignal): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = []
  const seen = new Set<number>()
  for (;;) {
    const page = await api.audit.list({ ...filter, offset: entries.length, limit: exportedAtOnce }, { signal })
    // Entries that are appended meanwhile push the others down; none is to be written twice.
    const fresh = page.entries.filter(({ sequence }) => !seen.has(sequence))
    for (const entry of fresh) {
      seen.add(entry.sequence)
      entries.push(entry)
    }
    if (page.entries.length < exportedAtOnce || fresh.length === 0) return entries
  }
}

/** Keeps the pages shown and the facets current while mounted. */
export function useAuditLive(paused: boolean): void {
  const client = useQueryClient()
  useWatch(
    (signal) => api.audit.watch({}, { signal }),
    () => {
      if (paused) return
      void client.invalidateQueries({ queryKey: pagesKey })
      void client.invalidateQueries({ queryKey: facetsKey })
    },
  )
}
