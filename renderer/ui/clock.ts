import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function tick(): void {
  now = Date.now()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (timer === undefined) {
    now = Date.now()
    timer = setInterval(tick, 1_000)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/**
 * Derives a value from the present; renders again only when the value changes. One timer serves the whole window, so a
 * thousand ages cost a thousand string comparisons a second and no more.
 */
export const useClock = <Value extends string | number | boolean>(derive: (now: number) => Value): Value =>
  useSyncExternalStore(subscribe, () => derive(timer === undefined ? Date.now() : now))
