type Waiting<W, R> = {
  readonly work: W
  readonly resolve: (result: R) => void
  readonly reject: (why: unknown) => void
}

/** Larger groups save no more waiting, and keep more in memory than the youngest generation holds. */
const mostAtOnce = 500

/**
 * Writes what comes in at the same time together, one group after the other: the disk is waited for once for all of
 * them. @param write answers a result for each work, in order; when it fails, so does everything in the group.
 */
export function createGroups<W, R>(
  write: (works: readonly W[]) => Promise<readonly R[]>,
): {
  readonly add: (work: W) => Promise<R>
  /** Resolves when nothing waits any more. */
  readonly settled: () => Promise<void>
} {
  const queue: Waiting<W, R>[] = []
  let draining: Promise<void> | null = null

  const drain = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve)) // whoever asks in this turn of the loop comes along
    while (queue.length > 0) {
      const group = queue.splice(0, mostAtOnce)
      try {
        const results = await write(group.map(({ work }) => work))
        group.forEach(({ resolve }, at) => {
          resolve(results[at] as R)
        })
      } catch (thrown) {
        for (const { reject } of group) reject(thrown)
      }
    }
    draining = null
  }

  return {
    add: (work) =>
      new Promise((resolve, reject) => {
        queue.push({ work, resolve, reject })
        draining ??= drain()
      }),
    async settled() {
      while (draining) await draining
    },
  }
}
