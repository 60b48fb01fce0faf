import { useEffect, useRef, useState } from 'react'
import type { Completion } from './completion.ts'

export type Complete = (text: string, caret: number, signal: AbortSignal) => Promise<readonly Completion[]>

const debounce = 80

/** Asks for completions at the caret, debounced; answers that come too late are dropped. */
export function useCompletions(complete: Complete | undefined) {
  const [items, setItems] = useState<readonly Completion[]>([])
  const [active, setActive] = useState(0)
  const [fresh, setFresh] = useState(true)
  const running = useRef<AbortController | null>(null)

  const close = () => {
    running.current?.abort()
    setItems([])
  }
  const ask = (text: string, caret: number) => {
    running.current?.abort()
    if (complete === undefined) return
    setFresh(false)
    const request = new AbortController()
    running.current = request
    const show = (found: readonly Completion[]) => {
      if (request.signal.aborted) return
      setItems(found)
      setActive(0)
      setFresh(true)
    }
    // A completion that fails is no reason to bother who is typing.
    const run = () => complete(text, caret, request.signal).then(show, () => show([]))
    const timer = setTimeout(run, debounce)
    request.signal.addEventListener('abort', () => clearTimeout(timer))
  }
  useEffect(() => () => running.current?.abort(), [])

  // `fresh`: the items are for the text as it is; those of a keystroke ago must not be taken.
  return { items, active, fresh, setActive, ask, close }
}
