import type { FileConfig, GatewayPlane } from './gateway-plane.ts'

export type Changes = ReturnType<typeof createChanges>

/** Changes of what the gateway serves, one after another, so that what is kept is what is in force. */
export function createChanges(plane: Pick<GatewayPlane, 'serveFile' | 'withdrawFile' | 'servedFile'>) {
  let turn: Promise<unknown> = Promise.resolve()
  const restore = async (before: ReadonlyMap<string, FileConfig | null>): Promise<void> => {
    for (const [name, served] of before) await (served ? plane.serveFile(name, served) : plane.withdrawFile(name))
  }
  return {
    inTurn: <T>(work: () => Promise<T>): Promise<T> => {
      const next = turn.catch(() => {}).then(work)
      turn = next
      return next
    },

    /** Puts configurations of files in force, then keeps what they come from: all of it, or nothing. */
    async together(files: ReadonlyMap<string, FileConfig>, keep: () => Promise<void>): Promise<void> {
      const before = new Map<string, FileConfig | null>()
      try {
        for (const [name, config] of files) {
          const served = plane.servedFile(name)
          await plane.serveFile(name, config)
          before.set(name, served)
        }
        await keep()
      } catch (thrown) {
        await restore(before)
        throw thrown
      }
    },
  }
}
