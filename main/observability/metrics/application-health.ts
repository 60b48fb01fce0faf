import { statSync } from 'node:fs'
import { type Sample, sample } from './sample.ts'
import { measureThread, type ThreadHealth } from './thread-health.ts'

/**
 * The application's own readings, with the names of prom-client where it has one. Memory and CPU are of the process; heap
 * and event loop are of `thread`. `databases` maps a name to the path of a SQLite file; its write-ahead log counts.
 */
export function createApplicationHealth(
  databases: Readonly<Record<string, string>> = {},
  thread: ThreadHealth = measureThread(),
) {
  return {
    samples(): readonly Sample[] {
      const memory = process.memoryUsage()
      const cpu = process.cpuUsage()
      const samples = [
        sample('process_resident_memory_bytes', memory.rss),
        sample('process_cpu_seconds_total', (cpu.user + cpu.system) / 1e6),
        ...Object.entries(databases).flatMap(([name, path]) => {
          const bytes = sizeOf(path)
          return bytes === null ? [] : [sample('framework0_database_bytes', bytes, { name })]
        }),
      ]
      const heap = thread.heapUsedBytes()
      if (Number.isFinite(heap)) samples.push(sample('nodejs_heap_size_used_bytes', heap))
      const late = thread.eventLoopDelayP99()
      if (late !== null) samples.push(sample('nodejs_eventloop_delay_p99_seconds', late))
      return samples
    },
    close: thread.close,
  }
}

/** Null when there is no such file, as for a database in memory. */
function sizeOf(path: string): number | null {
  const main = statSync(path, { throwIfNoEntry: false })
  if (main === undefined) return null
  return main.size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0)
}
