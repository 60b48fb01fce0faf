import { useEffect, useRef } from 'react'
import { useBridge } from './connection.ts'

const pauseMs = 1_000

/**
 * Keeps a stream open while the component is mounted and the bridge is connected, and opens it again when it ends.
 * Items only ever invalidate or append; they are never the data of a screen.
 */
export function useWatch<T>(open: (signal: AbortSignal) => AsyncIterable<T>, onItem: (item: T) => void): void {
  const connected = useBridge((bridge) => bridge.status === 'connected')
  const latest = useRef({ open, onItem })
  latest.current = { open, onItem }

  useEffect(() => {
    if (!connected) return
    const stopped = new AbortController()
    const follow = async (): Promise<void> => {
      while (!stopped.signal.aborted) {
        try {
          for await (const item of latest.current.open(stopped.signal)) latest.current.onItem(item)
        } catch {
          if (stopped.signal.aborted) return
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
    void follow()
    return () => stopped.abort()
  }, [connected])
}
