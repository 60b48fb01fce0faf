import { statSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Sample, sample } from './sample.ts'

const resolutionMs = 10

/**
 * The application's own readings, with the names of prom-client where it has one. Memory and CPU are of the process; heap
 * and event loop are of the thread this runs in.
 * `databases` maps a name to the path of a SQLite file; its write-ahead log counts. The event loop delay is that since
 * the last reading.
 */
export function createApplicationHealth(databases: Readonly<Record<string, string>> = {}) {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()

  return {
    samples(): readonly Sample[] {
      const memory = process.memoryUsage()
      const cpu = process.cpuUsage()
      const samples = [
        sample('process_resident_memory_bytes', memory.rss),
        sample('nodejs_heap_size_used_bytes', memory.heapUsed),
        sample('process_cpu_seconds_total', (cpu.user + cpu.system) / 1e6),
        ...Object.entries(databases).flatMap(([name, path]) => {
          const bytes = sizeOf(path)
          return bytes === null ? [] : [sample('framework0_database_bytes', bytes, { name })]
        }),
      ]
      if (delay.count > 0) {
        // The histogram holds the time between two timers, which is never less than their period.
        const late = Math.max(0, delay.percentile(99) / 1e9 - resolutionMs / 1000)
        samples.push(sample('nodejs_eventloop_delay_p99_seconds', late))
      }
      delay.reset()
      return samples
    },
    close: (): void => {
      delay.disable()
    },
  }
}

export type ApplicationHealth = ReturnType<typeof createApplicationHealth>

/** Null when there is no such file, as for a database in memory. */
function sizeOf(path: string): number | null {
  const main = statSync(path, { throwIfNoEntry: false })
  if (main === undefined) return null
  return main.size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0)
}
