import { queryOptions } from '@tanstack/react-query'
import type { AuditEntry } from '#preload/security/audit.ts'
import { api } from '#renderer/rpc/client.ts'

const day = 86_400_000
const atOnce = 1_000
const most = 5_000

export type SessionEntries = {
  /** Oldest first. */
  readonly entries: readonly AuditEntry[]
  /** How many of the person were read to find them. */
  readonly read: number
  /** False when there were more than are read. */
  readonly complete: boolean
}

/**
 * What the session of an entry did within a day of it. The session is in the sealed envelope of each entry and so cannot
 * be searched for: the entries of its person are read and the others left out.
 */
export const sessionEntries = ({ sequence, subject, session, at }: AuditEntry) =>
  queryOptions({
    queryKey: ['audit', 'session', subject, session, sequence],
    queryFn: async ({ signal }): Promise<SessionEntries> => {
      const from = new Date(Date.parse(at) - day).toISOString()
      const to = new Date(Date.parse(at) + day).toISOString()
      const found: AuditEntry[] = []
      for (let offset = 0; offset < most; offset += atOnce) {
        const { entries } = await api.audit.list({ actor: subject, from, to, offset, limit: atOnce }, { signal })
        found.push(...entries.filter((entry) => entry.session === session))
        if (entries.length < atOnce)
          return { entries: found.toReversed(), read: offset + entries.length, complete: true }
      }
      return { entries: found.toReversed(), read: most, complete: false }
    },
    staleTime: 60_000,
  })
