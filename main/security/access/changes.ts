export type Change = 'session' | 'identities' | 'settings' | 'policies'

/** `sessions` is somebody's session: it changes what everybody's list of sessions shows. */
type Told = Exclude<Change, 'session'> | 'sessions'

/** Says what changed to whoever watches. Many changes of one kind that were not read yet are one. */
export function createChanges() {
  const watchers = new Set<(change: Told) => void>()
  return {
    tell(change: Told): void {
      for (const watcher of watchers) watcher(change)
    },

    /** @param listen calls back after the watcher's own session changed. */
    async *watch(
      listen: (listener: () => void) => () => void,
      signal: AbortSignal,
    ): AsyncGenerator<{ changed: Change }> {
      const waiting = new Set<Change>()
      let wake = (): void => {}
      const add = (change: Change): void => {
        waiting.add(change)
        wake()
      }
      const watcher = (change: Told): void => {
        if (change !== 'sessions') add(change)
      }
      watchers.add(watcher)
      const stop = listen(() => add('session'))
      const abort = (): void => wake()
      signal.addEventListener('abort', abort)
      try {
        while (!signal.aborted) {
          const [next] = waiting
          if (next === undefined) await new Promise<void>((resolve) => (wake = resolve))
          else {
            waiting.delete(next)
            yield { changed: next }
          }
        }
      } finally {
        watchers.delete(watcher)
        stop()
        signal.removeEventListener('abort', abort)
      }
    },
  }
}
