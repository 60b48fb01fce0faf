import { useEffect, useState } from 'react'
import { useClock } from '#renderer/ui/clock.ts'
import { waitOf } from './throttle.ts'

/** Whole seconds that are left to wait after a throttled attempt; 0 when one may try. */
export function useWait(error: unknown): number {
  const [turn, setTurn] = useState({ wait: 0, until: 0 })
  useEffect(() => {
    const wait = waitOf(error) ?? 0
    setTurn({ wait, until: Date.now() + wait * 1_000 })
  }, [error])
  // The clock of the window may be up to a second behind.
  return useClock((now) => Math.max(0, Math.min(turn.wait, Math.ceil((turn.until - now) / 1_000))))
}
