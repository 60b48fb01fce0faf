/** A typed in-process bus. Listeners run at once, in order of subscription; a failing listener never stops another. */
export type Bus<Events> = {
  readonly emit: <K extends keyof Events>(name: K, payload: Events[K]) => void
  readonly on: <K extends keyof Events>(name: K, listener: (payload: Events[K]) => void) => () => void
  /**
   * Events as they come, until the signal aborts. A slow reader gets the newest `keep` events: older ones are dropped,
   * which suits watches, whose every event only says "look again".
   */
  readonly watch: <K extends keyof Events>(name: K, signal: AbortSignal, keep?: number) => AsyncGenerator<Events[K]>
}

type Listener = (payload: never) => void

export function createBus<Events>(onListenerError: (error: unknown) => void): Bus<Events> {
  const listeners = new Map<keyof Events, Set<Listener>>()

  const bus: Bus<Events> = {
    emit(name, payload) {
      for (const listener of [...(listeners.get(name) ?? [])])
        try {
          ;(listener as (payload: unknown) => void)(payload)
        } catch (error) {
          onListenerError(error)
        }
    },
    on(name, listener) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set)
      set.add(listener as Listener)
      return () => set.delete(listener as Listener)
    },
    async *watch(name, signal, keep = 100) {
      const waiting: Events[typeof name][] = []
      let wake = (): void => {}
      const off = bus.on(name, (payload) => {
        waiting.push(payload)
        if (waiting.length > keep) waiting.shift()
        wake()
      })
      const stop = (): void => wake()
      signal.addEventListener('abort', stop)
      try {
        while (!signal.aborted) {
          const next = waiting.shift()
          if (next !== undefined) yield next
          else await new Promise<void>((resolve) => (wake = resolve))
        }
      } finally {
        off()
        signal.removeEventListener('abort', stop)
      }
    },
  }
  return bus
}
