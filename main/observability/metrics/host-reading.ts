import { availableParallelism, hostname, platform } from 'node:os'
import { iso } from '#main/kernel/clock.ts'
import type { HostReading } from '#preload/observability/metrics.ts'
import { labelsKey, type Sample } from './sample.ts'

type Measured = { readonly sample: Sample; readonly atMs: number }
type Known = Measured & { readonly previous: Measured | null }

/** Some readings come twice a minute only; what was not measured for this long is no longer shown. */
const shownForMs = 90_000

/** Remembers the latest two values of every series, and sums them up for the first screen. */
export function createHostReading() {
  const known = new Map<string, Known>()
  let latestMs: number | null = null

  return {
    add(atMs: number, samples: readonly Sample[]): void {
      latestMs = atMs
      for (const sample of samples) {
        const key = `${sample.name}\uffff${labelsKey(sample.labels)}`
        const last = known.get(key)
        // Only the value before: keeping `last` itself would chain every reading there ever was.
        known.set(key, { sample, atMs, previous: last === undefined ? null : { sample: last.sample, atMs: last.atMs } })
      }
      // A clock that jumped back leaves readings in the future; they are as gone as old ones.
      for (const [key, { atMs: seen }] of known) if (Math.abs(atMs - seen) > shownForMs) known.delete(key)
    },
    /** Null before the first reading. */
    latest: (): HostReading | null => (latestMs === null ? null : summary(latestMs, [...known.values()])),
  }
}

function summary(atMs: number, all: readonly Known[]): HostReading {
  const named = (name: string): readonly Known[] => all.filter((each) => each.sample.name === name)
  const value = (name: string): number | null => named(name)[0]?.sample.value ?? null
  const boot = value('node_boot_time_seconds')
  return {
    at: iso(atMs),
    hostname: hostname(),
    platform: platform(),
    cores: availableParallelism(),
    cpuPercent: cpuPercent(named('node_cpu_seconds_total')),
    load: both(value('node_load1'), value('node_load5'), (one, five) => {
      const fifteen = value('node_load15')
      return fifteen === null ? null : [one, five, fifteen]
    }),
    memory: both(value('node_memory_MemTotal_bytes'), value('node_memory_MemAvailable_bytes'), (total, available) => ({
      total,
      available,
    })),
    swap: both(value('node_memory_SwapTotal_bytes'), value('node_memory_SwapFree_bytes'), (total, free) => ({
      total,
      free,
    })),
    filesystems: filesystems(named('node_filesystem_size_bytes'), named('node_filesystem_avail_bytes')),
    network: network(named('node_network_receive_bytes_total'), named('node_network_transmit_bytes_total')),
    disk: disk(named('node_disk_read_bytes_total'), named('node_disk_written_bytes_total')),
    uptimeSeconds: boot === null ? null : Math.max(0, atMs / 1000 - boot),
    application: application(named, value),
  }
}

function both<Result>(
  first: number | null,
  second: number | null,
  build: (first: number, second: number) => Result | null,
): Result | null {
  return first === null || second === null ? null : build(first, second)
}

/** Change per second since the reading before; null at first, after a counter was reset or the clock jumped back. */
function perSecond({ sample, atMs, previous }: Known): number | null {
  if (previous === null || atMs <= previous.atMs || sample.value < previous.sample.value) return null
  return (sample.value - previous.sample.value) / ((atMs - previous.atMs) / 1000)
}

function sumPerSecond(series: readonly Known[]): number | null {
  const rates = series.map(perSecond)
  return rates.includes(null) || rates.length === 0 ? null : rates.reduce<number>((sum, rate) => sum + (rate ?? 0), 0)
}

/** Waiting for a disk is not working: iowait counts as idle, as in top. */
function cpuPercent(modes: readonly Known[]): number | null {
  const total = sumPerSecond(modes)
  const idle = sumPerSecond(
    modes.filter(({ sample }) => sample.labels.mode === 'idle' || sample.labels.mode === 'iowait'),
  )
  if (total === null || idle === null || total === 0) return null
  return Math.min(100, Math.max(0, 100 * (1 - idle / total)))
}

function filesystems(sizes: readonly Known[], available: readonly Known[]): HostReading['filesystems'] {
  return sizes.flatMap(({ sample }) => {
    const { device = '', fstype = '', mountpoint = '' } = sample.labels
    const free = available.find((each) => each.sample.labels.mountpoint === mountpoint)?.sample.value
    return free === undefined ? [] : [{ mountpoint, device, type: fstype, size: sample.value, available: free }]
  })
}

function network(received: readonly Known[], sent: readonly Known[]): HostReading['network'] {
  return received.map((series) => {
    const { device = '' } = series.sample.labels
    const other = sent.find((each) => each.sample.labels.device === device)
    return {
      device,
      receivedPerSecond: perSecond(series),
      sentPerSecond: other === undefined ? null : perSecond(other),
    }
  })
}

function disk(read: readonly Known[], written: readonly Known[]): HostReading['disk'] {
  if (read.length === 0 && written.length === 0) return null
  return { readPerSecond: sumPerSecond(read), writtenPerSecond: sumPerSecond(written) }
}

function application(
  named: (name: string) => readonly Known[],
  value: (name: string) => number | null,
): HostReading['application'] {
  const cpu = sumPerSecond(named('process_cpu_seconds_total'))
  const delay = value('nodejs_eventloop_delay_p99_seconds')
  return {
    // The application that shows this always knows its own memory; the collector passes it through every time.
    residentBytes: value('process_resident_memory_bytes') ?? process.memoryUsage.rss(),
    heapBytes: value('nodejs_heap_size_used_bytes') ?? process.memoryUsage().heapUsed,
    cpuPercent: cpu === null ? null : cpu * 100,
    eventLoopDelayP99Ms: delay === null ? null : delay * 1000,
    databases: named('framework0_database_bytes').map(({ sample }) => ({
      name: sample.labels.name ?? '',
      bytes: sample.value,
    })),
  }
}
