import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { Me } from '#preload/security/access.ts'
import { api } from '#renderer/rpc/client.ts'
import { useBridge } from '#renderer/rpc/connection.ts'
import { useWatch } from '#renderer/rpc/watch.ts'
import { epochOf } from '#renderer/ui/format.ts'
import { accessKey, meKey, meQuery } from '../queries.ts'
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

/** Whatever happened to the session while the application was away was told to nobody. */
export function useAskedAfterReconnect(): void {
  const client = useQueryClient()
  const status = useBridge((bridge) => bridge.status)
  const lost = useRef(false)
  useEffect(() => {
    if (status === 'lost' || status === 'refused') lost.current = true
    if (status !== 'connected' || !lost.current) return
    lost.current = false
    void client.invalidateQueries({ queryKey: accessKey })
  }, [client, status])
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

/** What was refused may be allowed now, and the other way round: everything on the screen is asked again. */
export function useFreshAfterRoleChange(me: Me | undefined): void {
  const client = useQueryClient()
  const who = me?.state === 'signed-in' ? `${me.id} ${me.roles.join(' ')}` : null
  const last = useRef<string | null>(null)
  useEffect(() => {
    if (who === null || who === last.current) return
    // Not for the first: nothing was asked before it.
    if (last.current !== null) void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] !== meKey[1] })
    last.current = who
  }, [client, who])
}

const tellEveryMs = 30_000
const signs = ['keydown', 'pointerdown', 'wheel'] as const

/** Tells that somebody is there, so that a session in use does not lock by itself. Nothing else counts as use. */
export function useActivitySigns(watched: boolean): void {
  const client = useQueryClient()
  useEffect(() => {
    if (!watched) return
    let toldAt = 0
    const tell = async () => {
      if (Date.now() - toldAt < tellEveryMs) return
      toldAt = Date.now()
      try {
        const { locksAt } = await api.access.active({})
        client.setQueryData(meQuery.queryKey, (me) => (me === undefined ? me : { ...me, locksAt }))
      } catch {
        // A session that is over says so elsewhere; anything else is tried again with the next sign.
        toldAt = 0
      }
    }
    const onSign = () => void tell()
    for (const sign of signs) window.addEventListener(sign, onSign, { capture: true, passive: true })
    return () => {
      for (const sign of signs) window.removeEventListener(sign, onSign, { capture: true })
    }
  }, [client, watched])
}
