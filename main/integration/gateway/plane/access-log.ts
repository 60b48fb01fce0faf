import type { AccessEntry } from './report.ts'

/** The last entries of a worker. */
export function createAccessLog(kept = 2_000) {
  const ring: AccessEntry[] = []
  let next = 0
  return {
    add(entry: AccessEntry): void {
      if (ring.length < kept) ring.push(entry)
      else ring[next] = entry
      next = (next + 1) % kept
    },
    /** Newest first. */
    read(route: string | undefined, limit: number): AccessEntry[] {
      const found: AccessEntry[] = []
      for (let back = 1; back <= ring.length && found.length < limit; back++) {
        const entry = ring[(next - back + kept) % kept]
        if (entry !== undefined && (route === undefined || entry.route === route)) found.push(entry)
      }
      return found
    },
  }
}
export type AccessLog = ReturnType<typeof createAccessLog>
