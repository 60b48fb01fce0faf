import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Me } from '#preload/security/access.ts'
import { api } from '#renderer/rpc/client.ts'
import { useWatch } from '#renderer/rpc/watch.ts'
import { epochOf } from '#renderer/ui/format.ts'
import { accessKey, meKey } from '../queries.ts'
import { nextChange } from './next-change.ts'

const verdictsKey = ['verdicts'] as const

/** Follows what the application tells of sessions, people, settings and policies, while mounted. */
export function useSessionLive(): void {
  const client = useQueryClient()
  useWatch(
    (signal) => api.access.watch({}, { signal }),
    ({ changed }) => {
      if (changed !== 'policies') void client.invalidateQueries({ queryKey: accessKey })
      void client.invalidateQueries({ queryKey: verdictsKey })
    },
  )
}

/** Asks who one is again when the session locks, ends or stops being elevated by itself. */
export function useSessionClock(me: Me | undefined): void {
  const client = useQueryClient()
  const at = me === undefined ? null : nextChange(me, Date.now())
  useEffect(() => {
    if (at === null) return
    const timer = setTimeout(
      () => {
        void client.invalidateQueries({ queryKey: meKey })
        void client.invalidateQueries({ queryKey: verdictsKey })
      },
      Math.max(0, epochOf(at) - Date.now()) + 250,
    )
    return () => clearTimeout(timer)
  }, [client, at])
}
