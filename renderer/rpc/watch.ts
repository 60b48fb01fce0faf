import { useEffect, useRef } from 'react'
import { asAppError } from '#preload/contract/error.ts'
import { useBridge } from './connection.ts'

const pauseMs = 1_000

/**
 * Keeps a stream open while the component is mounted and the bridge is connected, and opens it again when it ends,
 * unless it is forbidden or not `enabled`.
 * Items only ever invalidate or append; they are never the data of a screen.
 */
export function useWatch<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  onItem: (item: T) => void,
  enabled = true,
): void {
  const connected = useBridge((bridge) => bridge.status === 'connected')
  const latest = useRef({ open, onItem })
  latest.current = { open, onItem }

  useEffect(() => {
    if (!connected || !enabled) return
    const stopped = new AbortController()
    const follow = async (): Promise<void> => {
      while (!stopped.signal.aborted) {
        try {
          for await (const item of latest.current.open(stopped.signal)) latest.current.onItem(item)
        } catch (thrown) {
          // Asking again would not change what the door says, and every refusal is written to the audit log.
          if (stopped.signal.aborted || asAppError(thrown).code === 'forbidden') return
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
    void follow()
    return () => stopped.abort()
  }, [connected, enabled])
}
