import { useEffect, useState } from 'react'
import { useClock } from '#renderer/ui/clock.ts'
import { waitOf } from './throttle.ts'

/** Whole seconds that are left to wait after a throttled attempt; 0 when one may try. */
export function useWait(error: unknown): number {
  const [until, setUntil] = useState(0)
  useEffect(() => {
    const wait = waitOf(error)
    setUntil(wait === null ? 0 : Date.now() + wait * 1_000)
  }, [error])
  return useClock((now) => Math.max(0, Math.ceil((until - now) / 1_000)))
}
