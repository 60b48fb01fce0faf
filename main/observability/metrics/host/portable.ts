import { cpus } from 'node:os'
import { type Sample, sample } from '../sample.ts'

const cpuModes = { user: 'user', nice: 'nice', sys: 'system', idle: 'idle', irq: 'irq' } as const

/** CPU time where there is no /proc. Costs no process. */
export function portableCpuSamples(): readonly Sample[] {
  const times = cpus().map((cpu) => cpu.times)
  if (times.length === 0) return []
  return Object.entries(cpuModes).map(([field, mode]) => {
    const milliseconds = times.reduce((sum, each) => sum + each[field as keyof typeof cpuModes], 0)
    return sample('node_cpu_seconds_total', milliseconds / 1000, { mode })
  })
}

/** Memory, disks and network of macOS and Windows. Starts processes there, so it is asked twice a minute only. */
export async function portableSamples(): Promise<readonly Sample[]> {
  // Loaded here because it is large and Linux does not need it.
  const information = await import('systeminformation')
  const [memory, filesystems, interfaces, io] = await Promise.all([
    information.mem(),
    information.fsSize(),
    information.networkStats('*'),
    information.fsStats(),
  ])
  const byFilesystem = filesystems.flatMap(({ fs, type, mount, size, available, rw }) => {
    const labels = { device: fs, fstype: type, mountpoint: mount }
    if (!(size > 0)) return []
    return [
      sample('node_filesystem_size_bytes', size, labels),
      sample('node_filesystem_avail_bytes', available, labels),
      ...(rw === null ? [] : [sample('node_filesystem_readonly', rw ? 0 : 1, labels)]),
    ]
  })
  const byInterface = interfaces.flatMap(({ iface, rx_bytes, tx_bytes }) => [
    sample('node_network_receive_bytes_total', rx_bytes, { device: iface }),
    sample('node_network_transmit_bytes_total', tx_bytes, { device: iface }),
  ])
  return [
    sample('node_memory_MemTotal_bytes', memory.total),
    sample('node_memory_MemAvailable_bytes', memory.available),
    sample('node_memory_SwapTotal_bytes', memory.swaptotal),
    sample('node_memory_SwapFree_bytes', memory.swapfree),
    ...byFilesystem,
    ...byInterface,
    // Windows answers null, at run time and against the declared type.
    ...(io === null ? [] : [sample('node_disk_read_bytes_total', io.rx, { device: 'all' })]),
    ...(io === null ? [] : [sample('node_disk_written_bytes_total', io.wx, { device: 'all' })]),
  ].filter(({ value }) => Number.isFinite(value))
}
