import type { AccessEntry } from './report.ts'

/** An entry as it is kept: its time is written out only when somebody reads it. */
type Kept = Omit<AccessEntry, 'at'> & { readonly atMs: number }

/** The last entries of a worker. */
export function createAccessLog(kept = 2_000) {
  const ring: Kept[] = []
  let next = 0
  return {
    add(entry: Kept): void {
      if (ring.length < kept) ring.push(entry)
      else ring[next] = entry
      next = (next + 1) % kept
    },
    /** Newest first. */
    read(route: string | undefined, limit: number): AccessEntry[] {
      const found: AccessEntry[] = []
      for (let back = 1; back <= ring.length && found.length < limit; back++) {
        const entry = ring[(next - back + kept) % kept]
        if (entry === undefined || (route !== undefined && entry.route !== route)) continue
        const { atMs, ...rest } = entry
        found.push({ at: new Date(atMs).toISOString(), ...rest })
      }
      return found
    },
  }
}
export type AccessLog = ReturnType<typeof createAccessLog>
