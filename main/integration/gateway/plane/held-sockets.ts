import type { ListeningHandle } from './acceptors.ts'

/**
 * The listening sockets of the gateway, by `socketKey`, as the process that owns it holds them. Nothing is accepted over
 * these handles: they keep a socket listening while no worker is there, so that clients wait instead of being refused, and
 * nobody else can take its port before another worker has come.
 */
export type HeldSockets = ReturnType<typeof createHeldSockets>

export function createHeldSockets() {
  const held = new Map<string, ListeningHandle>()
  return {
    keep(key: string, handle: ListeningHandle): void {
      held.get(key)?.close()
      held.set(key, handle)
    },
    of: (key: string): ListeningHandle | null => held.get(key) ?? null,
    has: (key: string): boolean => held.has(key),
    keys: (): string[] => [...held.keys()],
    /** Closes all others. */
    retain(keys: ReadonlySet<string>): void {
      for (const [key, handle] of held) {
        if (keys.has(key)) continue
        held.delete(key)
        handle.close()
      }
    },
  }
}
